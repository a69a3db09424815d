namespace BrightKitchen.VisionModels.Tracking;

/// <summary>One object tracked across frames.</summary>
/// <param name="Id">Unique in the process and never reused; above 0.</param>
/// <param name="Box">Bounding box of its last detection, in the unit of the detections.</param>
/// <param name="FirstSeen">Time of its first frame.</param>
/// <param name="LastSeen">Time of the newest frame on which it was detected.</param>
public sealed record Track(long Id, string Label, float Score, RectF Box, DateTimeOffset FirstSeen, DateTimeOffset LastSeen)
{
    private const float FarthestSeconds = 0.6f;

    internal Motion Motion { get; init; } = Motion.Of(Box);

    /// <summary>Predicted motion state at a time; the extrapolation is limited to 0.6 s after the last detection.</summary>
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
