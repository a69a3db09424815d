using System.Security.Cryptography;
using System.Text.Json;

namespace BrightKitchen.VisionModels.Manifests;

/// <summary>A model's input tensor: <c>float[n,3,height,width]</c>, each value <c>(v - mean) × scale</c> of a byte.</summary>
/// <param name="Width">Pixels; for a detector, of the longer side.</param>
/// <param name="Height">Pixels; 0 where it follows from the picture's aspect ratio, in multiples of the largest stride.</param>
/// <param name="Colour"><c>BGR</c> or <c>RGB</c>.</param>
public sealed record ModelInput(string Name, int Width, int Height, string Layout, string Colour, float Mean, float Scale);

/// <summary>The file <c>NAME.json</c> beside a model's weights: input, output, thresholds and the checksum of the weights.</summary>
public sealed record ModelManifest
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required string Name { get; init; }

    /// <summary>File name of the weights, in the manifest's folder.</summary>
    public required string File { get; init; }

    public required string Sha256 { get; init; }

    public required string Version { get; init; }

    /// <summary>Layout of the output; must equal <c>decoder</c> in the metadata of the weights.</summary>
    public required string Decoder { get; init; }

    public required ModelInput Input { get; init; }

    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Score (0–1) below which a detector's bounding box is dropped and a classifier's answer is unsure.</summary>
    public required float Threshold { get; init; }

    /// <summary>
    /// For a detector: from this score up to <see cref="Threshold"/>, a bounding box continues a track but begins none; 0 disables weak
    /// bounding boxes.
    /// </summary>
    public float WeakThreshold { get; init; }

    /// <summary>Classes that claim nothing: the crop does not show what the classifier judges.</summary>
    public IReadOnlyList<string> Rejects { get; init; } = [];

    /// <summary>Thresholds of classes for which <see cref="Threshold"/> does not apply.</summary>
    public IReadOnlyDictionary<string, float> Thresholds { get; init; } = new Dictionary<string, float>();

    /// <summary>For an embedding: its number of dimensions.</summary>
    public int Size { get; init; }

    /// <summary>Class names in data sets, mapped to this model's.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<int> Strides { get; init; } = [];

    /// <summary>Intersection over union (0–1) above which the weaker of two bounding boxes of one class is dropped.</summary>
    public float NmsIou { get; init; } = 0.5f;

    /// <summary>Labels whose objects never appear inside one another; persons may.</summary>
    public IReadOnlyList<string> NeverNested { get; init; } = [];

    /// <summary>Side of a classifier's square crop, as a multiple of the bounding box's longer side.</summary>
    public float CropScale { get; init; } = 1;

    /// <summary>A bounding box whose longer side has fewer pixels is always unsure.</summary>
    public float MinPixels { get; init; }

    /// <summary>Reads the manifest and verifies the weights against it.</summary>
    /// <returns>The manifest and the bytes of the weights.</returns>
    /// <exception cref="ModelException">A file is missing or unreadable, or the checksum differs.</exception>
    public static (ModelManifest Manifest, byte[] Weights) Read(string folder, string name)
    {
        var path = Path.Combine(folder, name + ".json");
        if (!System.IO.File.Exists(path))
            throw new ModelException(
                $"There is no model '{name}': '{path}' is missing. Train it with './run train {name}' or set the models folder."
            );
        ModelManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<ModelManifest>(System.IO.File.ReadAllText(path), Json)
                ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new ModelException($"The manifest '{path}' cannot be read ({e.Message}). Restore it from the release.", e);
        }

        var file = Path.Combine(folder, Path.GetFileName(manifest.File));
        if (!System.IO.File.Exists(file))
            throw new ModelException($"The weights '{file}' of model '{name}' are missing. Restore them from the release.");
        var weights = System.IO.File.ReadAllBytes(file);
        var found = Convert.ToHexStringLower(SHA256.HashData(weights));
        return found == manifest.Sha256
            ? (manifest, weights)
            : throw new ModelException(
                $"The weights '{file}' are damaged or do not belong to the manifest: SHA-256 is "
                    + $"{found}, expected {manifest.Sha256}. Restore the file from the release."
            );
    }
}
