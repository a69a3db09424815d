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
    /// Wrong passwords for one account from all addresses together before new devices must wait; 100 by default, 20 to 100,000. Devices
    /// that signed in before do not wait.
    /// </summary>
    [Range(20, 100_000)]
    public int WrongPerAccount { get; set; } = 100;

    /// <summary>
    /// The first such pause; each further one is twice as long, up to 32 times. 5 minutes by default, 1 second to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WrongPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How often failed sign-ins are written into the audit log, counted together; 5 minutes by default, 1 second to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RecordFailuresEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether officials need a second factor; true by default, except where the demo's people are made.</summary>
    public bool? OfficialsNeedTotp { get; set; }

    /// <summary>
    /// How often a session is compared with the database (roles, password, second factor); 1 minute by default, 0 (every request) to 1
    /// hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ValidateEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// After how long without a request an official is signed out; 1 hour by default, 1 second to 24 hours. A session is renewed in the
    /// second half of it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OfficialsIdle { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// After how long an official is signed out whatever happens; 12 hours by default, 1 second to 7 days. A wall display that must show
    /// for longer needs more.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan OfficialsAtMost { get; set; } = TimeSpan.FromHours(12);

    /// <summary>
    /// How long a kitchen's own people (principal, manager) stay signed in without a request, in one browser session; 14 days by default, 1
    /// minute to 90 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan StaffIdle { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// How long parents stay signed in without a request, also when the browser is closed; 90 days by default, 1 hour to 400 days (what
    /// browsers allow).
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "400.00:00:00")]
    public TimeSpan ParentsStay { get; set; } = TimeSpan.FromDays(90);
}
