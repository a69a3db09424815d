namespace BrightKitchen.VisionModels.Tracking;

/// <summary>A Kalman filter with constant velocity for one coordinate: position, speed and their covariance.</summary>
/// <remarks>
/// White-noise acceleration; noise in units of the bounding box's height, as in SORT and ByteTrack (Zhang et al. 2022, arXiv:2110.06864).
/// </remarks>
internal readonly record struct Axis(float Position, float Speed, float Pp, float Pv, float Vv)
{
    // In heights of the bounding box: standard deviation of a detection's position (Jitter) and of a person's acceleration per s² (Push).
    private const float Jitter = 0.06f;
    private const float Push = 2f;

    public static Axis At(float position, float height) => new(position, 0, Square(Jitter * height), 0, Square(1.5f * height));

    public Axis After(float seconds, float height)
    {
        var q = Square(Push * height);
        float s2 = seconds * seconds;
        return new(
            Position + (Speed * seconds),
            Speed,
            Pp + (2 * seconds * Pv) + (s2 * Vv) + (q * s2 * s2 / 4),
            Pv + (seconds * Vv) + (q * s2 * seconds / 2),
            Vv + (q * s2)
        );
    }

    public Axis Seen(float position, float height)
    {
        var s = Pp + Square(Jitter * height);
        float k = Pp / s,
            kv = Pv / s,
            off = position - Position;
        return new(Position + (k * off), Speed + (kv * off), (1 - k) * Pp, (1 - k) * Pv, Vv - (kv * Pv));
    }

    private static float Square(float v) => v * v;
}

/// <summary>A moving bounding box: filtered centre, size as last detected.</summary>
internal readonly record struct Motion(Axis X, Axis Y, float Width, float Height)
{
    public RectF Box => new(X.Position - (Width / 2), Y.Position - (Height / 2), Width, Height);

    public static Motion Of(RectF box) =>
        new(Axis.At(box.X + (box.Width / 2), box.Height), Axis.At(box.Y + (box.Height / 2), box.Height), box.Width, box.Height);

    public Motion After(float seconds) => this with { X = X.After(seconds, Height), Y = Y.After(seconds, Height) };

    public Motion Seen(RectF box) =>
        new(X.Seen(box.X + (box.Width / 2), box.Height), Y.Seen(box.Y + (box.Height / 2), box.Height), box.Width, box.Height);
}
