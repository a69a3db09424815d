using BrightKitchen.VisionModels.Decoding;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Preprocessing;
using BrightKitchen.VisionModels.Sessions;
using OpenCvSharp;

namespace BrightKitchen.VisionModels;

/// <summary>Detects objects on whole frames. Not thread-safe: one caller at a time, because its buffers are reused.</summary>
public sealed class FrameDetector : IDisposable
{
    private readonly ModelSession session;
    private readonly Planes planes;
    private readonly int step;
    private BoundRun? run;
    private Mat canvas = new();
    private Mat picture = new();

    /// <param name="folder">Folder with <c>NAME.onnx</c> and <c>NAME.json</c>.</param>
    /// <param name="name">A model with the decoder <c>grid-boxes</c>.</param>
    /// <param name="threads">CPU threads per inference.</param>
    /// <exception cref="ModelException">The model is missing, damaged or of another type.</exception>
    public FrameDetector(string folder, string name = "detector", int threads = 1)
    {
        session = new(folder, name, GridBoxes.Name, threads);
        planes = new(session.Manifest.Input);
        step =
            session.Manifest.Strides.Count > 0
                ? session.Manifest.Strides.Max()
                : throw new ModelException($"The manifest of model '{name}' contains no strides. Restore it from the release.");
    }

    public ModelManifest Manifest => session.Manifest;

    internal ModelSession Session => session;

    /// <summary>Detects the objects on one frame.</summary>
    /// <param name="bgr">8-bit BGR of any size.</param>
    /// <returns>Detections inside the frame, in its pixels, best first, including weak ones from the manifest's <c>weakThreshold</c> on,
    /// for the tracker.</returns>
    public IReadOnlyList<Detection> Detect(Mat bgr) => Detect(bgr, Manifest.WeakThreshold is > 0 and var weak ? weak : Manifest.Threshold);

    /// <summary>Detects the objects on one frame that score at least <paramref name="threshold"/> (0–1).</summary>
    /// <inheritdoc cref="Detect(Mat)"/>
    public IReadOnlyList<Detection> Detect(Mat bgr, float threshold)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        var input = Manifest.Input;
        var ratio = (float)input.Width / Math.Max(bgr.Cols, bgr.Rows);
        int w = Math.Max(1, (int)MathF.Round(bgr.Cols * ratio)),
            h = Math.Max(1, (int)MathF.Round(bgr.Rows * ratio));
        int width = (w + step - 1) / step * step,
            height = (h + step - 1) / step * step;
        if (canvas.Cols != width || canvas.Rows != height || picture.Cols != w || picture.Rows != h)
        {
            picture.Dispose();
            canvas.Dispose();
            canvas = new Mat(height, width, MatType.CV_8UC3, new Scalar(114, 114, 114));
            picture = canvas.SubMat(0, h, 0, w);
            run?.Dispose();
            var anchors = Manifest.Strides.Sum(s => (long)(width / s) * (height / s));
            run = new(session, [1, 3, height, width], [1, anchors, 4 + Manifest.Classes.Count]);
        }

        Cv2.Resize(bgr, picture, new Size(w, h));
        planes.Write(canvas, run!, 0);
        run!.Run();
        var found = GridBoxes.Read(run.Output, width, height, Manifest.Strides, Manifest.Classes, threshold, ratio);
        return NonMaximumSuppression.Keep(
            found.ConvertAll(d => d with { Box = d.Box.Within(bgr.Cols, bgr.Rows) }),
            Manifest.NmsIou,
            Manifest.NeverNested
        );
    }

    public void Dispose()
    {
        run?.Dispose();
        session.Dispose();
        planes.Dispose();
        picture.Dispose();
        canvas.Dispose();
    }
}
