using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Each camera's eyes by the newest settings; made anew when its rules, its zones' teaching or the camera itself changes. Thread-safe.
/// </summary>
internal sealed partial class CameraAnalyzers(SiteStore site, AgentFolders folders, AgentHealth health, ILogger<CameraAnalyzers> logger)
    : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, Entry> eyes = [];
    private long taught;

    /// <summary>A camera's eyes; whoever has the camera's turn has them to itself.</summary>
    public CameraAnalyzer Of(CameraSet.Slot slot, ModelSet by)
    {
        var settings = site.Current;
        var camera = slot.Camera.CameraId;
        lock (gate)
        {
            var known = eyes.GetValueOrDefault(camera);
            if (
                known is not null
                && ReferenceEquals(known.Place, slot)
                && ReferenceEquals(known.Settings, settings)
                && known.Taught == taught
            )
                return known.Eyes;
            var key = settings.KeyOf(camera);
            if (known is not null && ReferenceEquals(known.Place, slot) && known.Key == key && known.Taught == taught)
            {
                eyes[camera] = known with { Settings = settings };
                return known.Eyes;
            }

            known?.Eyes.Dispose();
            var fresh = new CameraAnalyzer(
                by.Models,
                settings.AttributesOf(camera).ToList(),
                ZonesOf(camera, settings, by.Embedder),
                new(settings.ShortestDwell(camera)),
                ViewFile(camera)
            );
            eyes[camera] = new(slot, settings, key, taught, fresh);
            return fresh;
        }
    }

    /// <summary>A zone was taught: whoever looks at it reads it anew.</summary>
    public void Taught()
    {
        lock (gate)
            taught++;
    }

    /// <summary>The camera was moved on purpose: its usual view is learnt anew.</summary>
    public void ForgetView(CameraId camera)
    {
        lock (gate)
        {
            if (File.Exists(ViewFile(camera)))
                File.Delete(ViewFile(camera));
            taught++;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var entry in eyes.Values)
                entry.Eyes.Dispose();
            eyes.Clear();
        }
    }

    private string ViewFile(CameraId camera) => folders.In(Path.Combine("views", camera.Value));

    // A zone that cannot be told apart costs its own rule and nothing else.
    private List<ZoneMonitor> ZonesOf(CameraId camera, SiteSettings settings, Embedder embedder)
    {
        var armed = new List<ZoneMonitor>();
        var refused = new List<string>();
        foreach (var name in settings.ZonesOf(camera))
        {
            try
            {
                var zone = new ZoneMonitor(folders.Zone(name), embedder);
                // The others of its rules go on.
                foreach (
                    var misfit in settings.RulesOf(camera).Where(r => r.Taught == name).Select(r => r.Misfit(zone.States)).OfType<string>()
                )
                {
                    refused.Add(misfit);
                    ZoneRefused(camera, misfit);
                }

                armed.Add(zone);
            }
            catch (ModelException e)
            {
                refused.Add(e.Message);
                ZoneRefused(camera, e.Message);
            }
        }

        health.Unarmed(camera, refused);
        return armed;
    }

    [LoggerMessage(LogLevel.Error, "Camera {Camera}: {Reason}")]
    private partial void ZoneRefused(CameraId camera, string reason);

    private sealed record Entry(CameraSet.Slot Place, SiteSettings Settings, string Key, long Taught, CameraAnalyzer Eyes);
}
