using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Training;

/// <summary>
/// Learns from findings that inspectors dismissed. A trained zone adds the still as an example of the other state at once. Shipped models
/// are not retrained here: the still is stored with its bounding boxes as a labelled example in <c>lessons/KIND</c> of the data folder, for
/// the next training.
/// </summary>
internal sealed partial class DismissedLessons(
    EvidenceStore store,
    SiteStore site,
    ZoneLessons zones,
    AgentFolders folders,
    ILogger<DismissedLessons> logger
) : IDisposable
{
    private readonly SemaphoreSlim one = new(1);

    /// <summary>
    /// Learns from dismissed findings. The list may be partial or empty: a finding that is missing from it does not remove what was learnt.
    /// </summary>
    /// <returns>False when the disk or a model prevented it; the caller must retry.</returns>
    public Task<bool> TakeAsync(IReadOnlyList<FindingId> dismissed, CancellationToken stop) =>
        InTurnAsync(
            async () =>
            {
                var known = dismissed.Select(store.Find).OfType<FindingReport>().ToList();
                foreach (var rule in site.Current.Rules.Where(r => r.Taught.Length > 0).DistinctBy(r => (r.Taught, r.Kind)).ToList())
                {
                    var mine = known
                        .Where(f => f.Kind == rule.Kind && f.Camera.Value == rule.Camera && f.Zone == FindingReport.Shorten(rule.ZoneName))
                        .ToList();
                    if (mine.Count == 0)
                        continue;
                    var stills = mine.Select(f => (f.Id, Still: StillOf(f.Id)))
                        .Where(f => f.Still is not null)
                        .ToDictionary(f => f.Id, f => f.Still!);
                    ZoneLearnt(rule.Taught, await zones.DismissedAsync(rule.Taught, RuleKind.All[rule.Kind].Violations[0], stills, stop));
                }

                Keep(known.Where(f => RuleKind.All.TryGetValue(f.Kind, out var kind) && kind.Source == RuleSource.Models));
            },
            stop
        );

    /// <summary>Removes what was learnt from findings whose dismissal was withdrawn.</summary>
    /// <returns>As for <see cref="TakeAsync"/>.</returns>
    public Task<bool> TakeBackAsync(IReadOnlyList<FindingId> takenBack, CancellationToken stop) =>
        InTurnAsync(
            async () =>
            {
                await zones.TakeBackAsync(takenBack, stop);
                var ids = takenBack.Select(id => id.ToString()).ToHashSet();
                var root = folders.In("lessons");
                foreach (var file in Directory.Exists(root) ? Directory.EnumerateFiles(root, "*.*", SearchOption.AllDirectories) : [])
                {
                    if (ids.Contains(Path.GetFileName(file).Split('.')[0]))
                        File.Delete(file);
                }
            },
            stop
        );

    public void Dispose() => one.Dispose();

    private async Task<bool> InTurnAsync(Func<Task> learn, CancellationToken stop)
    {
        await one.WaitAsync(stop);
        try
        {
            await learn();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelException or InvalidDataException)
        {
            NotLearnt(e.Message);
            return false;
        }
        finally
        {
            one.Release();
        }
    }

    private void Keep(IEnumerable<FindingReport> findings)
    {
        var root = folders.In("lessons");
        foreach (var finding in findings)
        {
            var picture = Path.Combine(root, finding.Kind, finding.Id + ".jpg");
            if (File.Exists(picture) || StillOf(finding.Id) is not { Length: > 0 } still)
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(picture)!);
            // The picture is written last: an example with a picture is complete.
            File.WriteAllText(
                Path.ChangeExtension(picture, ".json"),
                System.Text.Json.JsonSerializer.Serialize(
                    new
                    {
                        finding.Kind,
                        Camera = finding.Camera.Value,
                        finding.Zone,
                        finding.Models,
                        finding.Boxes,
                        Truth = "not-so",
                    }
                )
            );
            File.WriteAllBytes(picture + ".new", still);
            File.Move(picture + ".new", picture, true);
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

    [LoggerMessage(LogLevel.Information, "Zone {Zone} was retrained with {Count} dismissed findings")]
    private partial void ZoneLearnt(string zone, int count);

    [LoggerMessage(LogLevel.Warning, "Zones cannot be retrained with dismissed findings: {Reason}")]
    private partial void NotLearnt(string reason);
}
