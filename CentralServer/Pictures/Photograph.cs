using SkiaSharp;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>
/// Makes an untrusted photograph safe to store and to show: decodes it, rotates it upright, scales it down if large and re-encodes it as
/// JPEG. Only pixels remain: no location, owner, serial number, thumbnail or other embedded data.
/// </summary>
internal static class Photograph
{
    /// <summary>Maximum pixels of a JPEG, which can be decoded at reduced size; the largest phone photographs have 50 million.</summary>
    public const long MostPixels = 50_000_000;

    /// <summary>Maximum pixels of a PNG or WebP, which are decoded at full size with 4 bytes per pixel.</summary>
    public const long MostPixelsOfOthers = 24_000_000;

    // Pixels; a certificate's small print is readable at this size, and the file takes about half a megabyte.
    private const int LongestSide = 2560;
    private const int Quality = 85;

    // Each decoding takes up to 200 MB.
    private static readonly SemaphoreSlim DecodingSlots = new(2, 2);

    /// <returns>The JPEG; null if the input is not a picture, is damaged or has too many pixels.</returns>
    public static async Task<byte[]?> CleanAsync(byte[] bytes, CancellationToken cancel)
    {
        await DecodingSlots.WaitAsync(cancel);
        try
        {
            return await Task.Run(() => Clean(bytes), cancel);
        }
        finally
        {
            DecodingSlots.Release();
        }
    }

    private static byte[]? Clean(byte[] bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (
            codec
            is not { EncodedFormat: SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png or SKEncodedImageFormat.Webp, Info: var info }
        )
            return null;
        var most = codec.EncodedFormat == SKEncodedImageFormat.Jpeg ? MostPixels : MostPixelsOfOthers;
        if (info.Width <= 0 || info.Height <= 0 || (long)info.Width * info.Height > most)
            return null;
        // Decodes at reduced size if the format supports it.
        var size = codec.GetScaledDimensions(Math.Min(1f, LongestSide / (float)Math.Max(info.Width, info.Height)));
        using var srgb = SKColorSpace.CreateSrgb();
        using var decoded = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul, srgb));
        if (codec.GetPixels(decoded.Info, decoded.GetPixels()) != SKCodecResult.Success)
            return null;
        var turned =
            codec.EncodedOrigin
            is SKEncodedOrigin.LeftTop
                or SKEncodedOrigin.RightTop
                or SKEncodedOrigin.RightBottom
                or SKEncodedOrigin.LeftBottom;
        var scale = Math.Min(1f, LongestSide / (float)Math.Max(size.Width, size.Height));
        var (width, height) = (Math.Max(1, (int)MathF.Round(size.Width * scale)), Math.Max(1, (int)MathF.Round(size.Height * scale)));
        using var surface = SKSurface.Create(
            new SKImageInfo(turned ? height : width, turned ? width : height, SKColorType.Rgba8888, SKAlphaType.Premul, srgb)
        );
        // Transparent areas of a PNG become white.
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(scale);
        surface.Canvas.Concat(Upright(codec.EncodedOrigin, size.Width, size.Height));
        using var image = SKImage.FromBitmap(decoded);
        surface.Canvas.DrawImage(image, 0, 0, new SKSamplingOptions(SKCubicResampler.Mitchell));
        using var upright = surface.Snapshot();
        using var encoded = upright.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return encoded?.ToArray();
    }

    // Transforms stored pixels of the given size to the upright picture (Exif 2.32, Orientation).
    private static SKMatrix Upright(SKEncodedOrigin origin, int width, int height) =>
        origin switch
        {
            SKEncodedOrigin.TopRight => new(-1, 0, width, 0, 1, 0, 0, 0, 1),
            SKEncodedOrigin.BottomRight => new(-1, 0, width, 0, -1, height, 0, 0, 1),
            SKEncodedOrigin.BottomLeft => new(1, 0, 0, 0, -1, height, 0, 0, 1),
            SKEncodedOrigin.LeftTop => new(0, 1, 0, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightTop => new(0, -1, height, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightBottom => new(0, -1, height, -1, 0, width, 0, 0, 1),
            SKEncodedOrigin.LeftBottom => new(0, 1, 0, -1, 0, width, 0, 0, 1),
            _ => SKMatrix.Identity,
        };
}
