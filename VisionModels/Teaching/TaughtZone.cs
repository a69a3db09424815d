using System.Text.Json;
using BrightKitchen.VisionModels.Manifests;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Teaching;

/// <summary>A zone of a picture and what it was taught; kept as one JSON file.</summary>
/// <param name="Name">What rules call it.</param>
/// <param name="Region">The zone's bounds in shares of the picture (0–1).</param>
/// <param name="Embedding">SHA-256 of the model that made the embeddings; another one's do not compare.</param>
public sealed record TaughtZone(string Name, RectF Region, string Embedding, IReadOnlyList<ZoneExample> Examples)
{
    private const float WithRounding = 1.001f;
    private const double LengthOff = 0.01;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IgnoreReadOnlyProperties = true };

    /// <exception cref="ModelException">The file is missing or no taught zone, or it was taught with another embedding model.</exception>
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
            throw new ModelException($"The taught zone '{path}' cannot be read ({e.Message}). Teach it with './run teach'.", e);
        }

        return zone.Embedding == embedder.Manifest.Sha256
            ? zone
            : throw new ModelException(
                $"The zone '{zone.Name}' was taught with another embedding model; teach it again with this release."
            );
    }

    // JSON's null comes through types that know none, and a file may have been cut, overwritten or written by hand.
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
            return "its region is no part of the picture";
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
                return $"the embedding of its example {i + 1} is none of this model";
        }

        return null;
    }

    /// <summary>With one more example, embedded from a picture.</summary>
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

    /// <summary>Written beside and synced first, then put in place, so that a crash leaves the old or the new.</summary>
    /// <exception cref="IOException">The disk does not take it; the file before is still there.</exception>
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
