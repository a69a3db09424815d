using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>
/// How often each camera's frames come to the rules, so that a rule that needs more is reported instead of staying silent. Not thread-safe.
/// </summary>
internal sealed class AnalysisRates(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(4);
    private readonly Dictionary<CameraId, Tally> tallies = [];

    /// <summary>Takes one frame that was analysed, or spared because nothing moved: it could have been analysed.</summary>
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
    /// Frames a second over the last ten seconds; null while it is not known, or while the camera gives nothing, which is a finding of its
    /// own.
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

    /// <summary>Forgets all but these.</summary>
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
