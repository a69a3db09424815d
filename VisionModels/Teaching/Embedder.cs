using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Preprocessing;
using BrightKitchen.VisionModels.Sessions;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Teaching;

/// <summary>
/// Maps a region of a picture to a vector; similar regions have similar vectors. Not thread-safe: its buffers are reused.
/// </summary>
public sealed class Embedder : IDisposable
{
    private readonly ModelSession session;
    private readonly Mat small = new();
    private readonly Planes planes;
    private readonly BoundRun run;

    /// <param name="folder">Folder with <c>NAME.onnx</c> and <c>NAME.json</c>.</param>
    /// <param name="name">A model with the decoder <c>embedding</c>.</param>
    /// <param name="threads">CPU threads per inference.</param>
    /// <exception cref="ModelException">The model is missing, damaged or of another type.</exception>
    public Embedder(string folder, string name = "embedding", int threads = 1)
    {
        session = new(folder, name, "embedding", threads);
        planes = new(Manifest.Input);
        run = new(session, [1, 3, Manifest.Input.Height, Manifest.Input.Width], [1, Manifest.Size]);
    }

    public ModelManifest Manifest => session.Manifest;

    /// <summary>The embedding of a region, scaled to length 1.</summary>
    /// <param name="bgr">8-bit BGR.</param>
    /// <param name="region">Region in pixels of <paramref name="bgr"/>; clipped to the picture.</param>
    /// <exception cref="ArgumentException">The region is outside the picture.</exception>
    public float[] Embed(Mat bgr, RectF region)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        var inside = region.Within(bgr.Cols, bgr.Rows);
        int x = (int)inside.X,
            y = (int)inside.Y,
            w = (int)MathF.Ceiling(inside.Right) - x,
            h = (int)MathF.Ceiling(inside.Bottom) - y;
        if (inside.Area <= 0)
            throw new ArgumentException("The region is outside the picture.", nameof(region));
        var input = Manifest.Input;
        using (var part = bgr.SubMat(y, Math.Min(y + h, bgr.Rows), x, Math.Min(x + w, bgr.Cols)))
            Cv2.Resize(
                part,
                small,
                new Size(input.Width, input.Height),
                interpolation: w > input.Width ? InterpolationFlags.Area : InterpolationFlags.Linear
            );
        planes.Write(small, run, 0);
        run.Run();
        var embedding = run.Output;
        var length = MathF.Sqrt(embedding.Sum(v => v * v));
        return Array.ConvertAll(embedding, v => length > 0 ? v / length : 0);
    }

    public void Dispose()
    {
        run.Dispose();
        session.Dispose();
        planes.Dispose();
        small.Dispose();
    }
}
