using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Preprocessing;
using BrightKitchen.VisionModels.Sessions;
using Microsoft.ML.OnnxRuntime;
using OpenCvSharp;

namespace BrightKitchen.VisionModels;

/// <summary>Judges an attribute (a mask, a hat) of boxes on a frame. Not thread-safe: its buffers are reused.</summary>
public sealed class CropClassifier : IDisposable
{
    private readonly ModelSession session;
    private readonly RunOptions run = new();
    private readonly Mat crop = new();
    private float[] tensor = [];

    /// <param name="folder">Where <c>NAME.onnx</c> and <c>NAME.json</c> lie.</param>
    /// <param name="name">A model whose decoder is <c>softmax</c>.</param>
    /// <param name="threads">Cores that one inference may use.</param>
    /// <exception cref="ModelException">The model is missing, damaged or of another kind.</exception>
    public CropClassifier(string folder, string name, int threads = 1) => session = new(folder, name, "softmax", threads);

    public ModelManifest Manifest => session.Manifest;

    /// <summary>One judgement a box, in order; all crops in one batch.</summary>
    /// <param name="bgr">8-bit BGR.</param>
    /// <param name="boxes">Pixels of <paramref name="bgr"/>.</param>
    public IReadOnlyList<Judgement> Judge(Mat bgr, IReadOnlyList<BoxF> boxes)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        ArgumentNullException.ThrowIfNull(boxes);
        if (boxes.Count == 0)
            return [];
        var input = Manifest.Input;
        var each = 3 * input.Width * input.Height;
        if (tensor.Length < each * boxes.Count)
            tensor = new float[each * boxes.Count];
        for (var i = 0; i < boxes.Count; i++)
        {
            Cut(bgr, boxes[i], input);
            Planes.Write(crop, tensor.AsSpan(i * each, each), input.Colour == "RGB", input.Mean, input.Scale);
        }

        using var value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, tensor.AsMemory(0, each * boxes.Count), [boxes.Count, 3, input.Height, input.Width]);
        using var outputs = session.Inference.Run(run, [input.Name], [value], session.Inference.OutputNames);
        var scores = outputs[0].GetTensorDataAsSpan<float>();
        var judged = new Judgement[boxes.Count];
        for (var i = 0; i < boxes.Count; i++)
        {
            var row = scores.Slice(i * Manifest.Classes.Count, Manifest.Classes.Count);
            var best = 0;
            for (var c = 1; c < row.Length; c++)
                best = row[c] > row[best] ? c : best;
            var large = MathF.Max(boxes[i].Width, boxes[i].Height) >= Manifest.MinPixels;
            judged[i] = new(Manifest.Classes[best], row[best], large && row[best] >= Manifest.Threshold);
        }

        return judged;
    }

    public void Dispose()
    {
        session.Dispose();
        run.Dispose();
        crop.Dispose();
    }

    // The same cut as in models/training: a square around the box's centre, grey where the frame ends.
    private void Cut(Mat bgr, BoxF box, ModelInput input)
    {
        var side = MathF.Max(1, MathF.Max(box.Width, box.Height) * Manifest.CropScale);
        double zoom = input.Width / side;
        double cx = box.X + (box.Width / 2), cy = box.Y + (box.Height / 2);
        using var move = new Mat(2, 3, MatType.CV_64FC1);
        move.Set(0, 0, zoom);
        move.Set(0, 1, 0.0);
        move.Set(0, 2, (input.Width / 2.0) - (zoom * cx));
        move.Set(1, 0, 0.0);
        move.Set(1, 1, zoom);
        move.Set(1, 2, (input.Height / 2.0) - (zoom * cy));
        Cv2.WarpAffine(bgr, crop, move, new Size(input.Width, input.Height), side > input.Width ? InterpolationFlags.Area : InterpolationFlags.Linear,
            BorderTypes.Constant, new Scalar(114, 114, 114));
    }
}
