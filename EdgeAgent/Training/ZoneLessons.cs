using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Teaching;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Training;

/// <summary>The state of a trained zone.</summary>
/// <param name="Examples">Number of occasions shown, by state.</param>
/// <param name="Refusal">Why the zone is not armed; null when it is.</param>
internal sealed record ZoneStanding(
    string Name,
    RectF Region,
    IReadOnlyDictionary<string, int> Examples,
    float Accuracy,
    float Unsure,
    string? Refusal
);

/// <summary>Trains zones from the running cameras: a burst of four frames is one occasion of a state.</summary>
internal sealed class ZoneLessons(
    AgentFolders folders,
    DetectionOptions options,
    FrameRequests frames,
    CameraAnalyzers room,
    TimeProvider time
) : IDisposable
{
    private const int Burst = 4;
    private const int MostDismissed = 60;
    private const string DismissedBefore = "dismissed/";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim one = new(1);
    private Embedder? embedder;

    public static bool IsName(string name) => name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <summary>Adds the current picture of a zone as examples of a state; a zone whose region changed starts without examples.</summary>
    /// <param name="rules">The site's rules: a state that would prevent one of them from ever firing on the zone is refused.</param>
    /// <exception cref="TimeoutException">The camera delivers no frames.</exception>
    /// <exception cref="ModelException">The states do not fit a rule; nothing is learnt.</exception>
    public async Task<ZoneStanding> ShowAsync(
        CameraId camera,
        string name,
        RectF region,
        string state,
        IReadOnlyList<RuleOptions> rules,
        CancellationToken stop
    )
    {
        await one.WaitAsync(stop);
        try
        {
            embedder ??= new(options.Models);
            var before = Known(name);
            var zone = before is not null && before.Region == region ? before : new(name, region, embedder.Manifest.Sha256, []);
            var states = zone.Examples.Select(e => e.State).Append(state).ToHashSet();
            if (rules.Where(r => r.Taught == name).Select(r => r.Misfit(states)).FirstOrDefault(m => m is not null) is { } misfit)
                throw new ModelException(misfit);
            var occasion = $"{state}/{time.GetUtcNow():O}";
            for (var i = 0; i < Burst; i++)
            {
                using var frame = await frames.NextAsync(camera, Patience, stop);
                zone = zone.With(state, occasion, frame, embedder);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(folders.Zone(name))!);
            // A file that cannot be used is set aside, not overwritten.
            if (before is null && File.Exists(folders.Zone(name)))
                File.Move(folders.Zone(name), folders.Zone(name) + ".damaged", overwrite: true);
            zone.Write(folders.Zone(name));
            room.Taught();
            return Of(zone);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>
    /// A dismissed finding shows that the zone was not in the reported state: its still is an example of the other state until
    /// <see cref="TakeBackAsync"/>. A still that would make the states indistinguishable is left out.
    /// </summary>
    /// <param name="found">The state that the findings reported.</param>
    /// <param name="stills">JPEG by finding. What was learnt from other findings stays.</param>
    /// <returns>The number of dismissed findings that the zone has learnt from.</returns>
    public async Task<int> DismissedAsync(string name, string found, IReadOnlyDictionary<FindingId, byte[]> stills, CancellationToken stop)
    {
        await one.WaitAsync(stop);
        try
        {
            embedder ??= new(options.Models);
            if (
                Known(name) is not { } before
                || before.Examples.Select(e => e.State).Where(s => s != found).Distinct().ToList() is not [var other]
            )
                return 0;
            var zone = before;
            foreach (var (finding, still) in stills.Where(s => before.Examples.All(e => e.Occasion != OccasionOf(s.Key))))
            {
                if (zone.Examples.Count(IsDismissed) >= MostDismissed)
                    break;
                using var picture = Cv2.ImDecode(still, ImreadModes.Color);
                if (picture.Empty())
                    continue;
                var with = zone.With(other, OccasionOf(finding), picture, embedder);
                if (ZoneClassifier.Check(with.Examples).Refusal is null)
                    zone = with;
            }

            Save(before, zone);
            return zone.Examples.Count(IsDismissed);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Removes what any zone learnt from these findings.</summary>
    public async Task TakeBackAsync(IReadOnlyCollection<FindingId> findings, CancellationToken stop)
    {
        var occasions = findings.Select(OccasionOf).ToHashSet();
        await one.WaitAsync(stop);
        try
        {
            embedder ??= new(options.Models);
            foreach (var before in Names().Select(Known).OfType<TaughtZone>())
                Save(before, before with { Examples = [.. before.Examples.Where(e => !occasions.Contains(e.Occasion))] });
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>All trained zones.</summary>
    public async Task<IReadOnlyList<ZoneStanding>> AllAsync(CancellationToken stop)
    {
        if (Names() is not { Count: > 0 } names)
            return [];
        await one.WaitAsync(stop);
        try
        {
            embedder ??= new(options.Models);
            return
            [
                .. names.Select(n =>
                    Known(n) is { } zone
                        ? Of(zone)
                        : new(n, default, new Dictionary<string, int>(), 0, 1, "The file cannot be used; show the zone's states again.")
                ),
            ];
        }
        finally
        {
            one.Release();
        }
    }

    public async Task ForgetAsync(string name, CancellationToken stop)
    {
        // Not while an example is being added, which would write the zone again.
        await one.WaitAsync(stop);
        try
        {
            if (File.Exists(folders.Zone(name)))
                File.Delete(folders.Zone(name));
        }
        finally
        {
            one.Release();
        }

        room.Taught();
    }

    public void Dispose()
    {
        embedder?.Dispose();
        one.Dispose();
    }

    private static string OccasionOf(FindingId finding) => DismissedBefore + finding;

    private static bool IsDismissed(ZoneExample example) => example.Occasion.StartsWith(DismissedBefore, StringComparison.Ordinal);

    private List<string> Names()
    {
        var folder = Path.GetDirectoryName(folders.Zone("x"))!;
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(f => Path.GetFileNameWithoutExtension(f))]
            : [];
    }

    private void Save(TaughtZone before, TaughtZone after)
    {
        if (after.Examples.Count == before.Examples.Count)
            return;
        after.Write(folders.Zone(after.Name));
        room.Taught();
    }

    private static ZoneStanding Of(TaughtZone zone)
    {
        var report = ZoneClassifier.Check(zone.Examples);
        return new(
            zone.Name,
            zone.Region,
            zone.Examples.GroupBy(e => e.State).ToDictionary(g => g.Key, g => g.Select(e => e.Occasion).Distinct().Count()),
            report.Accuracy,
            report.Unsure,
            report.Refusal
        );
    }

    private TaughtZone? Known(string name)
    {
        try
        {
            return File.Exists(folders.Zone(name)) ? TaughtZone.Read(folders.Zone(name), embedder!) : null;
        }
        catch (ModelException)
        {
            return null;
        }
    }
}
