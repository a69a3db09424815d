using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>
/// Rate at which each camera's frames reach the rules, so that a rule that needs a higher rate is reported instead of never firing. Not
/// thread-safe.
/// </summary>
internal sealed class AnalysisRates(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(4);
    private readonly Dictionary<CameraId, Tally> tallies = [];

    /// <summary>Counts one frame that was analysed, or skipped because nothing moved: it could have been analysed.</summary>
    public void Saw(CameraId camera)
    {
        if (!tallies.TryGetValue(camera, out var tally))
            tallies[camera] = tally = new(time.GetTimestamp());
        else if (time.GetElapsedTime(tally.Frames.LastOrDefault(tally.Began)) > Silent)
            tallies[camera] = tally = new(time.GetTimestamp());
        tally.Frames.Enqueue(time.GetTimestamp());
        while (time.GetElapsedTime(tally.Frames.Peek()) > Window)
            tally.Frames.Dequeue();
    }

    /// <summary>
    /// Frames per second over the last 10 s; null while it is unknown, or while the camera delivers nothing, which is a finding of its own.
    /// </summary>
    public double? Of(CameraId camera)
    {
        if (
            !tallies.TryGetValue(camera, out var tally)
            || time.GetElapsedTime(tally.Began) < Window
            || time.GetElapsedTime(tally.Frames.LastOrDefault(tally.Began)) > Silent
        )
            return null;
        return tally.Frames.Count(f => time.GetElapsedTime(f) <= Window) / Window.TotalSeconds;
    }

    /// <summary>Removes all cameras except <paramref name="cameras"/>.</summary>
    public void Keep(IReadOnlyCollection<CameraId> cameras)
    {
        foreach (var gone in tallies.Keys.Except(cameras).ToList())
            tallies.Remove(gone);
    }

    private sealed record Tally(long Began)
    {
        public Queue<long> Frames { get; } = new();
    }
}
