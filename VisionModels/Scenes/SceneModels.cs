using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.VisionModels.Scenes;

/// <summary>The detector and the classifiers, loaded once and shared by the scenes of several cameras. One caller at a time.</summary>
public sealed class SceneModels : IDisposable
{
    private readonly Dictionary<string, CropClassifier> attributes = [];

    /// <param name="folder">Folder of the models and their manifests.</param>
    /// <param name="attributes">Names of classifiers; each judges the bounding boxes with the label that it is named after (<c>head</c>,
    /// <c>face</c>, <c>hand</c>).</param>
    /// <param name="threads">CPU threads per inference.</param>
    /// <exception cref="ModelException">A model is missing, damaged or of another type, or the detector lacks a classifier's
    /// label.</exception>
    public SceneModels(string folder, IEnumerable<string> attributes, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        Detector = new(folder, "detector", threads);
        try
        {
            foreach (var name in attributes.Distinct())
            {
                this.attributes[name] = new(folder, name, threads);
                if (!Detector.Manifest.Classes.Contains(name))
                    throw new ModelException(
                        $"The classifier '{name}' needs detections of that class, but the detector finds only "
                            + $"{string.Join(", ", Detector.Manifest.Classes)}."
                    );
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        Versions =
        [
            .. this
                .attributes.Values.Select(a => a.Manifest)
                .Prepend(Detector.Manifest)
                .Select(m => $"{m.Name} {m.Version} {m.Sha256[..12]}"),
        ];
    }

    public FrameDetector Detector { get; }

    public IReadOnlyDictionary<string, CropClassifier> Attributes => attributes;

    /// <summary>Name, version and first 12 digits of the checksum of each model, for the records.</summary>
    public IReadOnlyList<string> Versions { get; }

    public void Dispose()
    {
        Detector.Dispose();
        foreach (var classifier in attributes.Values)
            classifier.Dispose();
    }
}
