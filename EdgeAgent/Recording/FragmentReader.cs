using System.Buffers.Binary;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Reads ffmpeg's fragmented MP4: an init segment, then fragments.</summary>
internal static class FragmentReader
{
    private const uint LargestBox = 64 << 20;

    /// <summary>Gives each fragment until the stream ends.</summary>
    /// <exception cref="InvalidDataException">It is no such stream, or a box is larger than 64 MiB.</exception>
    public static async Task ReadAsync(Stream stream, TimeProvider time, Action<Fragment> take, CancellationToken stop)
    {
        var init = new List<byte[]>();
        Epoch? epoch = null;
        byte[]? moof = null;
        long number = 0;
        while (await BoxAsync(stream, stop) is { } box)
        {
            switch (Mp4.TypeAt(box, 0))
            {
                case "ftyp":
                    init.Add(box);
                    break;
                case "moov":
                    init.Add(box);
                    byte[] whole = [.. init.SelectMany(b => b)];
                    epoch = new(time.GetUtcNow().ToUnixTimeMilliseconds(), whole, Mp4.Codec(whole), Mp4.Timescale(whole));
                    break;
                case "moof":
                    moof = box;
                    break;
                case "mdat" when epoch is not null && moof is not null:
                    byte[] bytes = [.. moof, .. box];
                    moof = null;
                    var (start, length, key) = Mp4.Times(bytes);
                    take(new(epoch, number++, bytes, key, start, length, time.GetUtcNow()));
                    break;
                default:
                    break;
            }
        }
    }

    private static async ValueTask<byte[]?> BoxAsync(Stream stream, CancellationToken stop)
    {
        var header = new byte[Mp4.Header];
        if (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, stop) < header.Length)
            return null;
        var size = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (size is < Mp4.Header or > LargestBox)
            throw new InvalidDataException($"A box of the stream claims {size} bytes.");
        var box = new byte[size];
        header.CopyTo(box, 0);
        var rest = box.AsMemory(Mp4.Header);
        return await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, stop) == rest.Length ? box : null;
    }
}
