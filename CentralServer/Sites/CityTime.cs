namespace BrightKitchen.CentralServer.Sites;

/// <summary>The city's local time (Asia/Shanghai), for dates that belong to no single site: draws, reports, days of a log.</summary>
internal static class CityTime
{
    /// <summary>The city's time zone.</summary>
    public static TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");

    /// <summary>Today's date in the city.</summary>
    public static DateOnly Today(TimeProvider time) => DateOf(time.GetUtcNow());

    /// <summary>The date in the city at an instant.</summary>
    public static DateOnly DateOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Zone).DateTime);

    /// <summary>The instant at which a day begins in the city, in UTC as the database stores it.</summary>
    public static DateTimeOffset Begin(DateOnly day) =>
        new(TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(TimeOnly.MinValue), Zone), TimeSpan.Zero);
}
