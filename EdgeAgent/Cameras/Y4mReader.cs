using System.Text;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Reads ffmpeg's <c>yuv4mpegpipe</c>: a header line with the size, then planar 4:2:0 frames.</summary>
internal static class Y4mReader
{
    private const int LongestLine = 256;
    private const int LargestSide = 4096;

    /// <summary>Passes each frame to <paramref name="take"/>, which owns it, until the stream ends.</summary>
    /// <exception cref="InvalidDataException">The data is not such a stream.</exception>
    public static async Task ReadAsync(Stream stream, Action<PlanarPicture> take, CancellationToken stop)
    {
        await using var buffered = new BufferedStream(stream, 1 << 16);
        if (await LineAsync(buffered, stop) is not { } header)
            return;
        var (width, height) = SizeOf(header);
        var planes = new byte[width * height * 3 / 2];
        using var read = Mat.FromPixelData(height * 3 / 2, width, MatType.CV_8UC1, planes);
        while (await LineAsync(buffered, stop) is { } line)
        {
            if (!line.StartsWith("FRAME", StringComparison.Ordinal))
                throw new InvalidDataException($"A frame header was expected, but '{line}' was read.");
            if (await buffered.ReadAtLeastAsync(planes, planes.Length, throwOnEndOfStream: false, stop) < planes.Length)
                return;
            take(new(read.Clone()));
        }
    }

    private static (int Width, int Height) SizeOf(string header)
    {
        int width = 0,
            height = 0;
        foreach (var word in header.Split(' '))
        {
            if (word is ['W', .. var w])
                _ = int.TryParse(w, out width);
            else if (word is ['H', .. var h])
                _ = int.TryParse(h, out height);
        }

        return
            header.StartsWith("YUV4MPEG2 ", StringComparison.Ordinal)
            && width is > 0 and <= LargestSide
            && height is > 0 and <= LargestSide
            && width % 2 == 0
            && height % 2 == 0
            ? (width, height)
            : throw new InvalidDataException($"'{header}' is not the header of a YUV4MPEG2 stream.");
    }

    private static async ValueTask<string?> LineAsync(BufferedStream stream, CancellationToken stop)
    {
        var line = new byte[LongestLine];
        for (var n = 0; n < LongestLine; n++)
        {
            if (await stream.ReadAsync(line.AsMemory(n, 1), stop) == 0)
                return null;
            if (line[n] == (byte)'\n')
                return Encoding.ASCII.GetString(line, 0, n);
        }

        throw new InvalidDataException("A header line of the YUV4MPEG2 stream is too long.");
    }
}
