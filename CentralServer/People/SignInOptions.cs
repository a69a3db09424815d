using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.CentralServer.People;

/// <summary>How people sign in and how long they stay signed in; the section <c>SignIn</c>.</summary>
public sealed class SignInOptions
{
    public const string Section = "SignIn";

    /// <summary>Sign-in attempts per address and minute; 60 by default, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int TriesPerMinute { get; set; } = 60;

    /// <summary>Wrong passwords for one account from one address (or one known device) before a pause; 5 by default, 3 to 100.</summary>
    [Range(3, 100)]
    public int WrongPerAddress { get; set; } = 5;

    /// <summary>
    /// Wrong passwords for one account from all addresses together before unknown devices must pause; 100 by default, 20 to 100,000.
    /// Devices that have signed in before are not affected.
    /// </summary>
    [Range(20, 100_000)]
    public int WrongPerAccount { get; set; } = 100;

    /// <summary>
    /// Length of the first pause; each further pause is twice as long, up to 32 times the first. 5 minutes by default, 1 second to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WrongPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Interval at which counted sign-in failures are written to the audit log; 5 minutes by default, 1 second to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RecordFailuresEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether officials need a second factor; true by default, except where the demo accounts are created.</summary>
    public bool? OfficialsNeedTotp { get; set; }

    /// <summary>
    /// Interval at which a session is validated against the database (roles, password, second factor); 1 minute by default, 0 (every
    /// request) to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ValidateEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Idle time after which an official is signed out; 1 hour by default, 1 second to 24 hours. A session is renewed in the second half of
    /// it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OfficialsIdle { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Time after which an official is signed out even if active; 12 hours by default, 1 second to 7 days. A wall display that must run
    /// longer needs a larger value.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan OfficialsAtMost { get; set; } = TimeSpan.FromHours(12);

    /// <summary>
    /// Idle time after which a kitchen's own staff (principal, manager) are signed out, in one browser session; 14 days by default, 1
    /// minute to 90 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan StaffIdle { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// Idle time after which parents are signed out, also if the browser was closed; 90 days by default, 1 hour to 400 days (the browsers'
    /// limit for cookies).
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "400.00:00:00")]
    public TimeSpan ParentsStay { get; set; } = TimeSpan.FromDays(90);
}
