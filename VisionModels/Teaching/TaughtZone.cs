using System.Text.Json;
using BrightKitchen.VisionModels.Manifests;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Teaching;

/// <summary>A zone of a picture and its training examples; stored as one JSON file.</summary>
/// <param name="Name">Name that rules refer to.</param>
/// <param name="Region">The zone's bounds in shares of the picture (0–1).</param>
/// <param name="Embedding">SHA-256 of the model that computed the embeddings; embeddings of different models are not comparable.</param>
public sealed record TaughtZone(string Name, RectF Region, string Embedding, IReadOnlyList<ZoneExample> Examples)
{
    private const float WithRounding = 1.001f;
    private const double LengthOff = 0.01;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IgnoreReadOnlyProperties = true };

    /// <summary>Reads and validates a taught zone.</summary>
    /// <exception cref="ModelException">The file is missing or not a taught zone, or the zone was taught with another embedding
    /// model.</exception>
    public static TaughtZone Read(string path, Embedder embedder)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        TaughtZone zone;
        try
        {
            zone = JsonSerializer.Deserialize<TaughtZone>(File.ReadAllText(path), Json) ?? throw new JsonException("it is empty");
            if (zone.Fault(embedder.Manifest) is { } fault)
                throw new JsonException(fault);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The trained zone '{path}' cannot be read ({e.Message}). Train it with './run teach'.", e);
        }

        return zone.Embedding == embedder.Manifest.Sha256
            ? zone
            : throw new ModelException(
                $"The zone '{zone.Name}' was trained with another embedding model; train it again with this release."
            );
    }

    // JSON null bypasses non-nullable types, and the file may have been truncated, overwritten or edited.
    private string? Fault(ModelManifest model)
    {
        if (string.IsNullOrEmpty(Name) || Embedding is null || Examples is null)
            return "it lacks a name, a model or examples";
        if (
            !(
                Region.X >= 0
                && Region.Y >= 0
                && Region.Width > 0
                && Region.Height > 0
                && Region.Right <= WithRounding
                && Region.Bottom <= WithRounding
            )
        )
            return "its region is outside the picture";
        if (Embedding != model.Sha256)
            return null;
        for (var i = 0; i < Examples.Count; i++)
        {
            if (
                Examples[i] is not { Embedding: { } numbers } example
                || string.IsNullOrEmpty(example.State)
                || string.IsNullOrEmpty(example.Occasion)
            )
                return $"its example {i + 1} lacks a state, an occasion or an embedding";
            if (numbers.Count != model.Size || !(Math.Abs(numbers.Sum(v => (double)v * v) - 1) < LengthOff))
                return $"the embedding of its example {i + 1} is not from this model";
        }

        return null;
    }

    /// <summary>Copy with one more example, embedded from a picture.</summary>
    public TaughtZone With(string state, string occasion, Mat bgr, Embedder embedder)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        ArgumentNullException.ThrowIfNull(embedder);
        return this with { Examples = [.. Examples, new(state, occasion, embedder.Embed(bgr, On(bgr)))] };
    }

    /// <summary>The region in pixels of a picture.</summary>
    public RectF On(Mat bgr)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        return new(Region.X * bgr.Cols, Region.Y * bgr.Rows, Region.Width * bgr.Cols, Region.Height * bgr.Rows);
    }

    /// <summary>
    /// Replaces the file atomically: writes and syncs a temporary file, then renames it, so that a crash leaves the old or the new file.
    /// </summary>
    /// <exception cref="IOException">The disk rejects the write; the previous file is unchanged.</exception>
    public void Write(string path)
    {
        var fresh = path + ".new";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, true);
    }
}
