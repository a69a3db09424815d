using System.Security.Cryptography;
using System.Text.Json;

namespace BrightKitchen.VisionModels.Manifests;

/// <summary>How a model wants its picture: <c>float[n,3,height,width]</c>, each value <c>(v - mean) × scale</c> of a byte.</summary>
/// <param name="Width">Pixels; of a detector the longer side.</param>
/// <param name="Height">Pixels, or 0 where it follows from the picture's aspect in multiples of the largest stride.</param>
/// <param name="Colour"><c>BGR</c> or <c>RGB</c>.</param>
public sealed record ModelInput(string Name, int Width, int Height, string Layout, string Colour, float Mean, float Scale);

/// <summary>
/// What lies beside a model's weights as <c>NAME.json</c>: how to feed it, what comes out, and what the file must hash to.
/// </summary>
public sealed record ModelManifest
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required string Name { get; init; }

    /// <summary>The weights, beside the manifest.</summary>
    public required string File { get; init; }

    public required string Sha256 { get; init; }

    public required string Version { get; init; }

    /// <summary>The output's layout; must equal the <c>decoder</c> in the weights' own metadata.</summary>
    public required string Decoder { get; init; }

    public required ModelInput Input { get; init; }

    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Below this score (0–1) a detector's box is dropped and a classifier's answer is unsure.</summary>
    public required float Threshold { get; init; }

    /// <summary>
    /// Of a detector: from here to <see cref="Threshold"/> a box keeps a track alive and begins none; 0 where there are no weak boxes.
    /// </summary>
    public float WeakThreshold { get; init; }

    /// <summary>Classes whose answer claims nothing: the box was not what the classifier judges.</summary>
    public IReadOnlyList<string> Rejects { get; init; } = [];

    /// <summary>Classes that need another score than <see cref="Threshold"/> to be sure.</summary>
    public IReadOnlyDictionary<string, float> Thresholds { get; init; } = new Dictionary<string, float>();

    /// <summary>Of an embedding: how many numbers it has.</summary>
    public int Size { get; init; }

    /// <summary>What data sets call this model's classes: their name to ours.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<int> Strides { get; init; } = [];

    /// <summary>Intersection over union above which the weaker of two boxes of one class is dropped.</summary>
    public float NmsIou { get; init; } = 0.5f;

    /// <summary>Labels of which one never lies inside another, as persons may.</summary>
    public IReadOnlyList<string> NeverNested { get; init; } = [];

    /// <summary>Side of a classifier's square crop in longer sides of the box.</summary>
    public float CropScale { get; init; } = 1;

    /// <summary>A box whose longer side has fewer pixels is unsure without being looked at.</summary>
    public float MinPixels { get; init; }

    /// <summary>Reads the manifest and checks the weights against it.</summary>
    /// <returns>The manifest and the weights' bytes.</returns>
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
                $"The weights '{file}' are damaged or not the ones the manifest was made for: SHA-256 is "
                    + $"{found}, expected {manifest.Sha256}. Restore the file from the release."
            );
    }
}
