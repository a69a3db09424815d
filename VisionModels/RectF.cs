namespace BrightKitchen.VisionModels;

/// <summary>A bounding box; x to the right, y downwards. In pixels of the picture, unless its owner states shares (0–1).</summary>
public readonly record struct RectF(float X, float Y, float Width, float Height)
{
    public float Right => X + Width;

    public float Bottom => Y + Height;

    public float Area => Width * Height;

    /// <summary>The part inside a picture of this size.</summary>
    public RectF Within(float width, float height)
    {
        float x = Math.Clamp(X, 0, width),
            y = Math.Clamp(Y, 0, height);
        return new(x, y, Math.Clamp(Right, x, width) - x, Math.Clamp(Bottom, y, height) - y);
    }

    /// <summary>Intersection over union, 0–1.</summary>
    public float Iou(RectF other) => Intersection(other) is var common and > 0 ? common / (Area + other.Area - common) : 0;

    /// <summary>Intersection over the smaller area, 0–1.</summary>
    public float Overlap(RectF other) => Intersection(other) is var common and > 0 ? common / MathF.Min(Area, other.Area) : 0;

    private float Intersection(RectF other)
    {
        var w = MathF.Min(Right, other.Right) - MathF.Max(X, other.X);
        var h = MathF.Min(Bottom, other.Bottom) - MathF.Max(Y, other.Y);
        return w <= 0 || h <= 0 ? 0 : w * h;
    }
}
