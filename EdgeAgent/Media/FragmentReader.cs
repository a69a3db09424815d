using System.Buffers.Binary;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>Reads ffmpeg's fragmented MP4: an init segment, then fragments.</summary>
internal static class FragmentReader
{
    private const uint LargestBox = 64 << 20;

    /// <summary>Passes each fragment to <paramref name="take"/> until the stream ends.</summary>
    /// <exception cref="InvalidDataException">The data is not fragmented MP4, or an MP4 box is larger than 64 MiB.</exception>
    public static async Task ReadAsync(Stream stream, TimeProvider time, Action<Fragment> take, CancellationToken stop)
    {
        var init = new List<byte[]>();
        Epoch? epoch = null;
        byte[]? moof = null;
        long number = 0;
        while (await BoxAsync(stream, moof, stop) is var (type, box))
        {
            switch (type)
            {
                case "ftyp":
                    init.Add(box);
                    break;
                case "moov":
                    init.Add(box);
                    byte[] whole = [.. init.SelectMany(b => b)];
                    Mp4.NameHvc1(whole);
                    epoch = new(time.GetUtcNow().ToUnixTimeMilliseconds(), whole, Mp4.Codec(whole), Mp4.Timescale(whole));
                    break;
                case "moof":
                    moof = box;
                    break;
                case "mdat" when epoch is not null && moof is not null:
                    moof = null;
                    var (start, length, key) = Mp4.Times(box);
                    take(new(epoch, number++, box, key, start, length, time.GetUtcNow()));
                    break;
                default:
                    break;
            }
        }
    }

    // Reads an mdat directly behind its moof into one buffer, so that a second of a large stream is in memory only once.
    private static async ValueTask<(string Type, byte[] Bytes)?> BoxAsync(Stream stream, byte[]? moof, CancellationToken stop)
    {
        var header = new byte[Mp4.Header];
        if (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, stop) < header.Length)
            return null;
        var size = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (size is < Mp4.Header or > LargestBox)
            throw new InvalidDataException($"An MP4 box of the stream has an invalid size of {size} bytes.");
        var type = Mp4.TypeAt(header, 0);
        byte[] lead = type == "mdat" ? moof ?? [] : [];
        var before = lead.Length;
        var box = new byte[before + size];
        lead.CopyTo(box, 0);
        header.CopyTo(box, before);
        var rest = box.AsMemory(before + Mp4.Header);
        return await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, stop) == rest.Length ? (type, box) : null;
    }
}
