using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>How a taught zone stands.</summary>
/// <param name="Examples">By state: occasions shown.</param>
/// <param name="Refusal">Why it is not armed; null where it is.</param>
internal sealed record ZoneStanding(string Name, BoxF Region, IReadOnlyDictionary<string, int> Examples, float Accuracy, float Unsure, string? Refusal);

/// <summary>Teaches zones from the running cameras: a burst of frames is one occasion of a state.</summary>
internal sealed class ZoneLessons(BoxFolders folders, DetectionOptions options, FrameRequests frames, EyesRoom room, TimeProvider time) : IDisposable
{
    private const int Burst = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim one = new(1);
    private Embedder? embedder;

    public static bool IsName(string name) => name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <summary>Shows a state of a zone as it is before the camera now; a zone of another region begins anew.</summary>
    /// <exception cref="TimeoutException">The camera gives no frames.</exception>
    public async Task<ZoneStanding> ShowAsync(CameraId camera, string name, BoxF region, string state, CancellationToken stop)
    {
        await one.WaitAsync(stop);
        try
        {
            embedder ??= new(options.Models);
            var zone = Known(name) is { } known && known.Region == region ? known : new(name, region, embedder.Manifest.Sha256, []);
            var occasion = $"{state}/{time.GetUtcNow():O}";
            for (var i = 0; i < Burst; i++)
            {
                using var frame = await frames.NextAsync(camera, Patience, stop);
                zone = zone.With(state, occasion, frame, embedder);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(folders.Zone(name))!);
            zone.Write(folders.Zone(name));
            room.Taught();
            return Of(zone);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>All taught zones.</summary>
    public async Task<IReadOnlyList<ZoneStanding>> AllAsync(CancellationToken stop)
    {
        var folder = Path.GetDirectoryName(folders.Zone("x"))!;
        if (!Directory.Exists(folder))
            return [];
        await one.WaitAsync(stop);
        try
        {
            embedder ??= new(options.Models);
            return [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(f => Path.GetFileNameWithoutExtension(f))
                .Select(n => Known(n) is { } zone ? Of(zone) : new(n, default, new Dictionary<string, int>(), 0, 1, "The file cannot be used; show the zone's states anew."))];
        }
        finally
        {
            one.Release();
        }
    }

    public void Forget(string name)
    {
        if (File.Exists(folders.Zone(name)))
            File.Delete(folders.Zone(name));
        room.Taught();
    }

    public void Dispose()
    {
        embedder?.Dispose();
        one.Dispose();
    }

    private static ZoneStanding Of(TaughtZone zone)
    {
        var report = ZoneClassifier.Check(zone.Examples);
        return new(zone.Name, zone.Region, zone.Examples.GroupBy(e => e.State).ToDictionary(g => g.Key, g => g.Select(e => e.Occasion).Distinct().Count()), report.Accuracy, report.Unsure, report.Refusal);
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
