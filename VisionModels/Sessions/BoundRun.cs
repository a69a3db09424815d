using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Sessions;

/// <summary>Input and output tensors of one shape, bound to a session once, so that a run allocates nothing.</summary>
internal sealed class BoundRun : IDisposable
{
    private readonly ModelSession model;
    private readonly RunOptions options = new();
    private readonly OrtIoBinding binding;
    private readonly OrtValue input;
    private readonly OrtValue output;
    private readonly Mat[] planes;

    /// <param name="inputShape"><c>[n,3,height,width]</c>.</param>
    public BoundRun(ModelSession model, long[] inputShape, long[] outputShape)
    {
        this.model = model;
        Shape = inputShape;
        Input = GC.AllocateArray<float>(Length(inputShape), pinned: true);
        Output = GC.AllocateArray<float>(Length(outputShape), pinned: true);
        input = OrtValue.CreateTensorValueFromMemory(Input, inputShape);
        output = OrtValue.CreateTensorValueFromMemory(Output, outputShape);
        binding = model.Inference.CreateIoBinding();
        binding.BindInput(model.Manifest.Input.Name, input);
        binding.BindOutput(model.Inference.OutputNames[0], output);
        int height = (int)inputShape[2],
            width = (int)inputShape[3];
        planes =
        [
            .. Enumerable
                .Range(0, (int)(inputShape[0] * 3))
                .Select(p =>
                    Mat.FromPixelData(height, width, MatType.CV_32FC1, Marshal.UnsafeAddrOfPinnedArrayElement(Input, p * height * width))
                ),
        ];
    }

    public IReadOnlyList<long> Shape { get; }

    public float[] Input { get; }

    public float[] Output { get; }

    /// <summary>Plane <paramref name="channel"/> (0–2) of picture <paramref name="picture"/>, as a view of the input tensor.</summary>
    public Mat Plane(int picture, int channel) => planes[(picture * 3) + channel];

    public void Run()
    {
        model.Inference.RunWithBinding(options, binding);
        model.Ran?.Invoke(this);
    }

    public void Dispose()
    {
        binding.Dispose();
        input.Dispose();
        output.Dispose();
        options.Dispose();
        foreach (var plane in planes)
            plane.Dispose();
    }

    private static int Length(long[] shape) => (int)shape.Aggregate(1L, (a, b) => a * b);
}
