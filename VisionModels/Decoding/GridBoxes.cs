namespace BrightKitchen.VisionModels.Decoding;

/// <summary>
/// Decodes <c>rows[anchors, 4+classes]</c>: centre offset in strides, logarithm of the size in strides, class scores 0–1.
/// </summary>
internal static class GridBoxes
{
    public const string Name = "grid-boxes";

    /// <summary>
    /// One detection for every class score at or above <paramref name="threshold"/>, in pixels of the tensor divided by
    /// <paramref name="ratio"/>.
    /// </summary>
    public static List<Detection> Read(
        ReadOnlySpan<float> rows,
        int width,
        int height,
        IReadOnlyList<int> strides,
        IReadOnlyList<string> classes,
        float threshold,
        float ratio
    )
    {
        var found = new List<Detection>();
        var size = 4 + classes.Count;
        var row = 0;
        foreach (var stride in strides)
        {
            for (var y = 0; y < height / stride; y++)
            {
                for (var x = 0; x < width / stride; x++, row++)
                {
                    var r = rows.Slice(row * size, size);
                    for (var c = 0; c < classes.Count; c++)
                    {
                        if (r[4 + c] < threshold)
                            continue;
                        float w = MathF.Exp(r[2]) * stride / ratio,
                            h = MathF.Exp(r[3]) * stride / ratio;
                        float cx = (x + r[0]) * stride / ratio,
                            cy = (y + r[1]) * stride / ratio;
                        found.Add(new(classes[c], r[4 + c], new(cx - (w / 2), cy - (h / 2), w, h)));
                    }
                }
            }
        }

        return found;
    }
}
