namespace BrightKitchen.VisionModels.Tracking;

/// <summary>One thing followed from frame to frame.</summary>
/// <param name="Id">Unique in the process, never used again; above 0.</param>
/// <param name="Box">Where it was seen last, in the unit of the detections.</param>
/// <param name="FirstSeen">Time of the first frame.</param>
/// <param name="LastSeen">Time of the newest frame with it.</param>
public sealed record Track(long Id, string Label, float Score, RectF Box, DateTimeOffset FirstSeen, DateTimeOffset LastSeen)
{
    private const float FarthestSeconds = 0.6f;

    internal Motion Motion { get; init; } = Motion.Of(Box);

    /// <summary>Where it would be by now if it went on as before; what is long gone is expected where it went.</summary>
    internal Motion By(DateTimeOffset time) => Motion.After(Math.Clamp((float)(time - LastSeen).TotalSeconds, 0, FarthestSeconds));

    internal Track SeenAs(Detection found, DateTimeOffset time) =>
        this with
        {
            Score = found.Score,
            Box = found.Box,
            LastSeen = time,
            Motion = By(time).Seen(found.Box),
        };
}
