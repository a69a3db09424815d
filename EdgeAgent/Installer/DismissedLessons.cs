using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>
/// Learns from what inspectors dismissed. A taught zone takes the still as an example of the other state at once. What a shipped model got wrong it cannot learn here: the still is kept
/// with its boxes as a labelled example, in <c>lessons/KIND</c> of the box's data, for the next training.
/// </summary>
internal sealed partial class DismissedLessons(EvidenceStore store, SiteStore site, ZoneLessons zones, BoxFolders folders, ILogger<DismissedLessons> logger) : IDisposable
{
    private readonly SemaphoreSlim one = new(1);

    /// <param name="dismissed">All of the last month; what is not among them any more was taken back.</param>
    public async Task TakeAsync(IReadOnlyList<FindingId> dismissed, CancellationToken stop)
    {
        await one.WaitAsync(stop);
        try
        {
            var known = dismissed.Select(store.Find).OfType<FindingReport>().ToList();
            foreach (var rule in site.Current.Rules.Where(r => r.Taught.Length > 0).DistinctBy(r => (r.Taught, r.Kind)).ToList())
            {
                var mine = known.Where(f => f.Kind == rule.Kind && f.Camera.Value == rule.Camera && f.Zone == rule.ZoneName).ToList();
                // What the box has no more keeps what was learnt from it.
                var stills = dismissed.Where(id => known.TrueForAll(f => f.Id != id)).ToDictionary(id => id, _ => (byte[]?)null);
                foreach (var finding in mine)
                    stills[finding.Id] = StillOf(finding.Id);
                var learnt = await zones.DismissedAsync(rule.Taught, RuleKind.All[rule.Kind].Violations[0], stills, stop);
                if (mine.Count > 0)
                    ZoneLearnt(rule.Taught, learnt);
            }

            Keep(known.Where(f => RuleKind.All.TryGetValue(f.Kind, out var kind) && kind.Source == RuleSource.Models), dismissed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelException or InvalidDataException)
        {
            NotLearnt(e.Message);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private void Keep(IEnumerable<FindingReport> findings, IReadOnlyList<FindingId> dismissed)
    {
        var root = folders.In("lessons");
        foreach (var finding in findings)
        {
            var picture = Path.Combine(root, finding.Kind, finding.Id + ".jpg");
            if (File.Exists(picture) || StillOf(finding.Id) is not { Length: > 0 } still)
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(picture)!);
            // The picture comes last: what has one is whole.
            File.WriteAllText(Path.ChangeExtension(picture, ".json"), System.Text.Json.JsonSerializer.Serialize(new { finding.Kind, Camera = finding.Camera.Value, finding.Zone, finding.Models, finding.Boxes, Truth = "not-so" }));
            File.WriteAllBytes(picture + ".new", still);
            File.Move(picture + ".new", picture, true);
        }

        // Taken back: it was so after all. What is older than the month that is told of stays.
        var (wanted, oldest) = (dismissed.Select(d => d.ToString()).ToHashSet(), dismissed.Select(d => d.ToString()).Min(StringComparer.Ordinal));
        foreach (var file in Directory.Exists(root) ? Directory.EnumerateFiles(root, "*.*", SearchOption.AllDirectories) : [])
        {
            if (Path.GetFileName(file).Split('.')[0] is var id && !wanted.Contains(id) && FindingId.TryParse(id, null, out _) && (oldest is null || string.CompareOrdinal(id, oldest) >= 0))
                File.Delete(file);
        }
    }

    private byte[]? StillOf(FindingId finding)
    {
        try
        {
            return store.Part(finding.ToString(), EvidencePart.Still).Bytes is { Length: > 0 } bytes ? bytes : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "Zone {Zone} has learnt from {Count} dismissed findings")]
    private partial void ZoneLearnt(string zone, int count);

    [LoggerMessage(LogLevel.Warning, "Nothing was learnt from dismissed findings: {Reason}")]
    private partial void NotLearnt(string reason);
}
