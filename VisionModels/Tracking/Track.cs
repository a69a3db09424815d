namespace BrightKitchen.VisionModels.Tracking;

/// <summary>One thing followed from frame to frame.</summary>
/// <param name="Id">Unique in its tracker, never used again.</param>
/// <param name="Box">Where it was seen last, in the unit of the detections.</param>
/// <param name="FirstSeen">Time of the first frame.</param>
/// <param name="LastSeen">Time of the newest frame with it.</param>
public sealed record Track(long Id, string Label, float Score, BoxF Box, DateTimeOffset FirstSeen, DateTimeOffset LastSeen)
{
    /// <summary>Movement of the box's corner in units a second, smoothed.</summary>
    internal (float X, float Y) Velocity { get; init; }

    /// <summary>Where it would be at a later time if it went on as before; at most half a second on.</summary>
    internal BoxF At(DateTimeOffset time)
    {
        var seconds = (float)Math.Clamp((time - LastSeen).TotalSeconds, 0, 0.5);
        return Box with { X = Box.X + (Velocity.X * seconds), Y = Box.Y + (Velocity.Y * seconds) };
    }
}
