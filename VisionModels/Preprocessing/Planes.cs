using OpenCvSharp;

namespace BrightKitchen.VisionModels.Preprocessing;

/// <summary>Writes 8-bit BGR pixels into the planes of a tensor.</summary>
internal static class Planes
{
    /// <summary><paramref name="bgr"/> (CV_8UC3) into <c>float[3,h,w]</c>: <c>(v - mean) × scale</c>, planes in BGR or RGB order.</summary>
    public static unsafe void Write(Mat bgr, Span<float> planes, bool rgb, float mean, float scale)
    {
        int height = bgr.Rows, width = bgr.Cols, plane = width * height;
        if (bgr.Type() != MatType.CV_8UC3 || planes.Length != 3 * plane)
            throw new ArgumentException($"8-bit BGR of {width}×{height} needs {3 * plane} floats; {bgr.Type()} and {planes.Length} were given.", nameof(bgr));
        Span<float> table = stackalloc float[256];
        for (var v = 0; v < table.Length; v++)
            table[v] = (v - mean) * scale;
        var first = planes.Slice(rgb ? 2 * plane : 0, plane);
        var second = planes.Slice(plane, plane);
        var third = planes.Slice(rgb ? 0 : 2 * plane, plane);
        for (var y = 0; y < height; y++)
        {
            var row = new ReadOnlySpan<byte>((void*)bgr.Ptr(y), 3 * width);
            var a = first.Slice(y * width, width);
            var b = second.Slice(y * width, width);
            var c = third.Slice(y * width, width);
            for (var x = 0; x < width; x++)
            {
                a[x] = table[row[3 * x]];
                b[x] = table[row[(3 * x) + 1]];
                c[x] = table[row[(3 * x) + 2]];
            }
        }
    }
}
