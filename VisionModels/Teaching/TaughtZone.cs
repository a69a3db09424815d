using System.Text.Json;
using BrightKitchen.VisionModels.Manifests;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Teaching;

/// <summary>A zone of a picture and what it was taught; kept as one JSON file.</summary>
/// <param name="Name">What rules call it.</param>
/// <param name="Region">The zone's bounds in shares of the picture (0–1).</param>
/// <param name="Embedding">SHA-256 of the model that made the embeddings; another one's do not compare.</param>
public sealed record TaughtZone(string Name, BoxF Region, string Embedding, IReadOnlyList<ZoneExample> Examples)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IgnoreReadOnlyProperties = true };

    /// <exception cref="ModelException">The file is missing or no taught zone, or it was taught with another embedding model.</exception>
    public static TaughtZone Read(string path, Embedder embedder)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        TaughtZone zone;
        try
        {
            zone = JsonSerializer.Deserialize<TaughtZone>(File.ReadAllText(path), Json) is { Name: not null, Examples: not null } read ? read : throw new JsonException("it lacks a name or examples");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The taught zone '{path}' cannot be read ({e.Message}). Teach it with './run teach'.", e);
        }

        return zone.Embedding == embedder.Manifest.Sha256
            ? zone
            : throw new ModelException($"The zone '{zone.Name}' was taught with another embedding model; teach it again with this release.");
    }

    /// <summary>With one more example, embedded from a picture.</summary>
    public TaughtZone With(string state, string occasion, Mat bgr, Embedder embedder)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        ArgumentNullException.ThrowIfNull(embedder);
        return this with { Examples = [.. Examples, new(state, occasion, embedder.Embed(bgr, On(bgr)))] };
    }

    /// <summary>The region in pixels of a picture.</summary>
    public BoxF On(Mat bgr)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        return new(Region.X * bgr.Cols, Region.Y * bgr.Rows, Region.Width * bgr.Cols, Region.Height * bgr.Rows);
    }

    /// <summary>Written beside first and then put in place, so that a crash leaves the old or the new.</summary>
    public void Write(string path)
    {
        var fresh = path + ".new";
        File.WriteAllText(fresh, JsonSerializer.Serialize(this, Json));
        File.Move(fresh, path, true);
    }
}
