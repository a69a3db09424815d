using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Scenes;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Lobby;

/// <summary>
/// Analyses pictures of the person in front of the kiosk. Votes are accumulated per visit, because a single frame is not conclusive. One
/// analysis at a time: the kitchen's cameras continue in parallel.
/// </summary>
internal sealed class LobbyAnalyzer(DetectionOptions options, TimeProvider time) : IDisposable
{
    private const int MostVisits = 8;
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim one = new(1);
    private readonly Dictionary<string, (Scene Scene, DateTimeOffset At)> visits = [];
    private readonly QRCodeDetector codes = new();
    private SceneModels? models;

    /// <param name="bgr">8-bit BGR.</param>
    /// <param name="visit">Identifies the frames whose votes are combined.</param>
    /// <param name="readCode">Reads only the QR code of a badge and skips the detection.</param>
    public async Task<LobbyLook> LookAsync(Mat bgr, string visit, bool readCode, CancellationToken stop)
    {
        await one.WaitAsync(stop);
        try
        {
            if (readCode)
                return new([], codes.DetectAndDecode(bgr, out _) is { Length: > 0 } text ? text : null, null);
            var now = time.GetUtcNow();
            models ??= new(options.Models, RuleKind.Attributes, options.Threads);
            foreach (var old in visits.Where(v => now - v.Value.At > Forgotten).Select(v => v.Key).ToList())
                visits.Remove(old);
            if (!visits.TryGetValue(visit, out var known))
            {
                if (visits.Count >= MostVisits)
                    visits.Remove(visits.MinBy(v => v.Value.At).Key);
                known.Scene = new(models);
            }

            visits[visit] = (known.Scene, now);
            return new([.. known.Scene.Look(bgr, now).Select(Of)], null, null);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose()
    {
        models?.Dispose();
        codes.Dispose();
        one.Dispose();
    }

    private static SeenBox Of(TrackedObject seen)
    {
        var verdict = seen.VoteResults.Values.FirstOrDefault();
        var said = verdict is { Votes: >= 2, Label: { } label } && verdict.ShareOf(label) >= 0.7f ? $"{seen.Label} {label}" : seen.Label;
        return new(said, seen.Score, seen.Box.X, seen.Box.Y, seen.Box.Width, seen.Box.Height);
    }
}
