using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// The analyzer of each camera under the current settings; rebuilt when the camera, its rules or its taught zones change. Thread-safe.
/// </summary>
internal sealed partial class CameraAnalyzers(SiteStore site, AgentFolders folders, AgentHealth health, ILogger<CameraAnalyzers> logger)
    : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, Entry> analyzers = [];
    private long taught;

    /// <summary>Returns a camera's analyzer; only the worker that has the camera's turn may use it.</summary>
    public CameraAnalyzer Of(CameraSet.Slot slot, ModelSet by)
    {
        var settings = site.Current;
        var camera = slot.Camera.CameraId;
        lock (gate)
        {
            var known = analyzers.GetValueOrDefault(camera);
            if (
                known is not null
                && ReferenceEquals(known.Slot, slot)
                && ReferenceEquals(known.Settings, settings)
                && known.Taught == taught
            )
                return known.Analyzer;
            var key = settings.KeyOf(camera);
            if (known is not null && ReferenceEquals(known.Slot, slot) && known.Key == key && known.Taught == taught)
            {
                analyzers[camera] = known with { Settings = settings };
                Prune(settings);
                return known.Analyzer;
            }

            known?.Analyzer.Dispose();
            Prune(settings);
            var fresh = new CameraAnalyzer(
                by.Models,
                settings.AttributesOf(camera).ToList(),
                ZonesOf(camera, settings, by.Embedder),
                new(settings.ShortestDwell(camera)),
                ViewFile(camera)
            );
            analyzers[camera] = new(slot, settings, key, taught, fresh);
            return fresh;
        }
    }

    /// <summary>Call after a zone was taught: the analyzers are rebuilt and read the zones again.</summary>
    public void Taught()
    {
        lock (gate)
            taught++;
    }

    /// <summary>Call after a camera was moved intentionally: its reference view is deleted and learnt again.</summary>
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
            foreach (var entry in analyzers.Values)
                entry.Analyzer.Dispose();
            analyzers.Clear();
        }
    }

    private void Prune(SiteSettings settings)
    {
        foreach (var gone in analyzers.Keys.Except(settings.Cameras.Select(c => c.CameraId)).ToList())
        {
            analyzers.Remove(gone, out var entry);
            entry!.Analyzer.Dispose();
        }
    }

    private string ViewFile(CameraId camera) => folders.In(Path.Combine("views", camera.Value));

    // A zone whose states cannot be distinguished disables only its own rules.
    private List<ZoneMonitor> ZonesOf(CameraId camera, SiteSettings settings, Embedder embedder)
    {
        var armed = new List<ZoneMonitor>();
        var refused = new List<string>();
        foreach (var name in settings.ZonesOf(camera))
        {
            try
            {
                var zone = new ZoneMonitor(folders.Zone(name), embedder);
                // The zone's other rules stay armed.
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

    private sealed record Entry(CameraSet.Slot Slot, SiteSettings Settings, string Key, long Taught, CameraAnalyzer Analyzer);
}
