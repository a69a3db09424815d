using SkiaSharp;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Pictures as phones send them.</summary>
internal static class TestPicture
{
    private static int count;

    /// <summary>A JPEG that no other test has sent.</summary>
    public static byte[] Jpeg(int width = 48, int height = 32) => Encoded(SKEncodedImageFormat.Jpeg, width, height);

    public static byte[] Encoded(SKEncodedImageFormat format, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height));
        using (var canvas = new SKCanvas(bitmap))
        {
            // The upper left corner is red, so that it is seen which way up it is.
            canvas.Clear(new SKColor(40, 60, (byte)(Interlocked.Increment(ref count) * 37)));
            using var red = new SKPaint { Color = SKColors.Red };
            canvas.DrawRect(0, 0, width / 2f, height / 2f, red);
        }

        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    /// <summary>With what a phone writes beside the pixels: an orientation, and who it belongs to.</summary>
    public static byte[] WithExif(byte[] jpeg, byte orientation, string owner)
    {
        byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(owner), 0];
        // Big-endian TIFF: Orientation (0x0112, short) and Artist (0x013b, text behind the directory).
        byte[] tiff =
        [
            .. "MM\0*"u8,
            0,
            0,
            0,
            8,
            0,
            2,
            0x01,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            orientation,
            0,
            0,
            0x01,
            0x3b,
            0,
            2,
            0,
            0,
            0,
            (byte)text.Length,
            0,
            0,
            0,
            38,
            0,
            0,
            0,
            0,
            .. text,
        ];
        byte[] body = [.. "Exif\0\0"u8, .. tiff];
        return [0xff, 0xd8, 0xff, 0xe1, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body, .. jpeg[2..]];
    }

    /// <summary>What the server gives back of it.</summary>
    public static (int Width, int Height, SKColor UpperLeft) Decode(byte[] bytes)
    {
        using var bitmap = SKBitmap.Decode(bytes);
        bitmap.ShouldNotBeNull();
        return (bitmap.Width, bitmap.Height, bitmap.GetPixel(bitmap.Width / 8, bitmap.Height / 8));
    }
}
