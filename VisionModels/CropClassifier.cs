using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Preprocessing;
using BrightKitchen.VisionModels.Sessions;
using OpenCvSharp;

namespace BrightKitchen.VisionModels;

/// <summary>Classifies an attribute (a mask, a hat) on crops of a frame. Not thread-safe: its buffers are reused.</summary>
public sealed class CropClassifier : IDisposable
{
    private readonly ModelSession session;
    private readonly Dictionary<int, BoundRun> runs = [];
    private readonly Planes planes;
    private readonly Mat crop = new();
    private readonly Mat reduced = new();
    private readonly Mat move = new(2, 3, MatType.CV_64FC1);

    /// <param name="folder">Folder with <c>NAME.onnx</c> and <c>NAME.json</c>.</param>
    /// <param name="name">A model with the decoder <c>softmax</c>.</param>
    /// <param name="threads">CPU threads per inference.</param>
    /// <exception cref="ModelException">The model is missing, damaged or of another type.</exception>
    public CropClassifier(string folder, string name, int threads = 1)
    {
        session = new(folder, name, "softmax", threads);
        planes = new(session.Manifest.Input);
    }

    public ModelManifest Manifest => session.Manifest;

    internal ModelSession Session => session;

    /// <summary>One judgement per bounding box, in the same order; all crops form one batch.</summary>
    /// <param name="bgr">8-bit BGR.</param>
    /// <param name="boxes">Bounding boxes in pixels of <paramref name="bgr"/>.</param>
    public IReadOnlyList<Judgement> Judge(Mat bgr, IReadOnlyList<RectF> boxes)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        ArgumentNullException.ThrowIfNull(boxes);
        if (boxes.Count == 0)
            return [];
        var input = Manifest.Input;
        if (!runs.TryGetValue(boxes.Count, out var run))
            runs[boxes.Count] = run = new(session, [boxes.Count, 3, input.Height, input.Width], [boxes.Count, Manifest.Classes.Count]);
        for (var i = 0; i < boxes.Count; i++)
        {
            Cut(bgr, boxes[i], input);
            planes.Write(crop, run, i);
        }

        run.Run();
        var judged = new Judgement[boxes.Count];
        for (var i = 0; i < boxes.Count; i++)
        {
            var row = run.Output.AsSpan(i * Manifest.Classes.Count, Manifest.Classes.Count);
            var best = 0;
            for (var c = 1; c < row.Length; c++)
                best = row[c] > row[best] ? c : best;
            var large = MathF.Max(boxes[i].Width, boxes[i].Height) >= Manifest.MinPixels;
            var label = Manifest.Classes[best];
            judged[i] = new(
                label,
                row[best],
                large && row[best] >= Manifest.Thresholds.GetValueOrDefault(label, Manifest.Threshold) && !Manifest.Rejects.Contains(label)
            );
        }

        return judged;
    }

    public void Dispose()
    {
        foreach (var run in runs.Values)
            run.Dispose();
        session.Dispose();
        planes.Dispose();
        crop.Dispose();
        reduced.Dispose();
        move.Dispose();
    }

    // The same crop as in models/training: a square around the centre of the bounding box, grey beyond the frame; a much larger crop is
    // first downscaled by area averaging.
    private void Cut(Mat bgr, RectF box, ModelInput input)
    {
        var side = MathF.Max(1, MathF.Max(box.Width, box.Height) * Manifest.CropScale);
        float x = box.X + ((box.Width - side) / 2),
            y = box.Y + ((box.Height - side) / 2);
        if (side <= 2 * input.Width)
        {
            Warp(bgr, x, y, side, input);
            return;
        }

        var seen = new RectF(x, y, side, side).Within(bgr.Cols, bgr.Rows);
        int left = (int)seen.X,
            top = (int)seen.Y;
        using var part = bgr.SubMat(top, Math.Max(top + 1, (int)seen.Bottom), left, Math.Max(left + 1, (int)seen.Right));
        var shrink = input.Width / side;
        Cv2.Resize(
            part,
            reduced,
            new Size(Math.Max(1, part.Cols * shrink), Math.Max(1, part.Rows * shrink)),
            interpolation: InterpolationFlags.Area
        );
        Warp(reduced, (x - left) * shrink, (y - top) * shrink, input.Width, input);
    }

    private void Warp(Mat bgr, float x, float y, float side, ModelInput input)
    {
        double zoom = input.Width / side;
        move.Set(0, 0, zoom);
        move.Set(0, 1, 0.0);
        move.Set(0, 2, -zoom * x);
        move.Set(1, 0, 0.0);
        move.Set(1, 1, zoom);
        move.Set(1, 2, -zoom * y);
        Cv2.WarpAffine(
            bgr,
            crop,
            move,
            new Size(input.Width, input.Height),
            InterpolationFlags.Linear,
            BorderTypes.Constant,
            new Scalar(114, 114, 114)
        );
    }
}
