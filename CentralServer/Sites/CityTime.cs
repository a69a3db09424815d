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
    // By the offset: a day on which clocks were put forward at midnight, as in 1941, has no such local time.
    public static DateTimeOffset Begin(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, Zone.GetUtcOffset(midnight)).ToUniversalTime();
    }
}
