using BrightKitchen.VisionModels.Decoding;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Preprocessing;
using BrightKitchen.VisionModels.Sessions;
using Microsoft.ML.OnnxRuntime;
using OpenCvSharp;

namespace BrightKitchen.VisionModels;

/// <summary>Finds things on whole frames. Not thread-safe: one caller at a time, as its buffers are reused.</summary>
public sealed class FrameDetector : IDisposable
{
    private readonly ModelSession session;
    private readonly RunOptions run = new();
    private readonly Mat small = new();
    private readonly int step;
    private float[] tensor = [];
    private Mat canvas = new();

    /// <param name="folder">Where <c>NAME.onnx</c> and <c>NAME.json</c> lie.</param>
    /// <param name="name">A model whose decoder is <c>grid-boxes</c>.</param>
    /// <param name="threads">Cores that one inference may use.</param>
    /// <exception cref="ModelException">The model is missing, damaged or of another kind.</exception>
    public FrameDetector(string folder, string name = "detector", int threads = 1)
    {
        session = new(folder, name, GridBoxes.Name, threads);
        step = session.Manifest.Strides.Count > 0 ? session.Manifest.Strides.Max() : throw new ModelException($"The manifest of model '{name}' names no strides.");
    }

    public ModelManifest Manifest => session.Manifest;

    /// <summary>Looks at one frame.</summary>
    /// <param name="bgr">8-bit BGR of any size.</param>
    /// <returns>Boxes inside the frame, in its pixels, best first.</returns>
    public IReadOnlyList<Detection> Detect(Mat bgr)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        var input = Manifest.Input;
        var ratio = (float)input.Width / Math.Max(bgr.Cols, bgr.Rows);
        int w = Math.Max(1, (int)MathF.Round(bgr.Cols * ratio)), h = Math.Max(1, (int)MathF.Round(bgr.Rows * ratio));
        int width = (w + step - 1) / step * step, height = (h + step - 1) / step * step;
        if (canvas.Cols != width || canvas.Rows != height)
        {
            canvas.Dispose();
            canvas = new Mat(height, width, MatType.CV_8UC3, new Scalar(114, 114, 114));
            tensor = new float[3 * width * height];
        }

        using (var picture = canvas.SubMat(0, h, 0, w))
        {
            Cv2.Resize(bgr, small, new Size(w, h));
            small.CopyTo(picture);
        }

        Planes.Write(canvas, tensor, input.Colour == "RGB", input.Mean, input.Scale);
        using var value = OrtValue.CreateTensorValueFromMemory(tensor, [1, 3, height, width]);
        using var outputs = session.Inference.Run(run, [input.Name], [value], session.Inference.OutputNames);
        var found = GridBoxes.Read(outputs[0].GetTensorDataAsSpan<float>(), width, height, Manifest.Strides, Manifest.Classes, Manifest.Threshold, ratio);
        return NonMaximumSuppression.Keep(found.ConvertAll(d => d with { Box = d.Box.Within(bgr.Cols, bgr.Rows) }), Manifest.NmsIou, Manifest.NeverNested);
    }

    public void Dispose()
    {
        session.Dispose();
        run.Dispose();
        small.Dispose();
        canvas.Dispose();
    }
}
