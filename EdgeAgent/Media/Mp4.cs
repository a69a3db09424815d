using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>The part of ISO/IEC 14496-12 that cutting at fragments needs.</summary>
internal static class Mp4
{
    public const int Header = 8;

    // Upper bound on samples per fragment; a fragment lasts half a second to a few seconds.
    private const int MostSamples = 100_000;

    /// <summary>Finds an MP4 box inside <paramref name="bytes"/> by its path, such as <c>moov/trak/mdia/mdhd</c>.</summary>
    /// <returns>Range of the content without its header; empty where there is no such MP4 box.</returns>
    public static (int Offset, int Length) Find(ReadOnlySpan<byte> bytes, string path)
    {
        int from = 0,
            to = bytes.Length;
        foreach (var type in path.Split('/'))
        {
            var found = false;
            while (to - from >= Header)
            {
                var size = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(bytes[from..]), int.MaxValue);
                if (size < Header || size > to - from)
                    return (0, 0);
                if (TypeAt(bytes, from) == type)
                {
                    (from, to, found) = (from + Header, from + size, true);
                    break;
                }

                from += size;
            }

            if (!found)
                return (0, 0);
        }

        return (from, to - from);
    }

    public static string TypeAt(ReadOnlySpan<byte> bytes, int offset) => Encoding.ASCII.GetString(bytes.Slice(offset + 4, 4));

    /// <summary>Ticks per second of the first track.</summary>
    /// <exception cref="InvalidDataException">The init segment has no track.</exception>
    public static uint Timescale(ReadOnlySpan<byte> init)
    {
        var (at, length) = Find(init, "moov/trak/mdia/mdhd");
        var wide = length > 0 && init[at] == 1;
        return length >= (wide ? 24 : 16) && BinaryPrimitives.ReadUInt32BigEndian(init[(at + (wide ? 20 : 12))..]) is var scale and > 0
            ? scale
            : throw new InvalidDataException("The stream's init segment has no track.");
    }

    /// <summary>
    /// The codec string of RFC 6381, for H.265 of ISO/IEC 14496-15, annex E: from profile and level browsers decide whether they can play
    /// it.
    /// </summary>
    /// <exception cref="InvalidDataException">The codec is neither H.264 nor H.265.</exception>
    public static string Codec(ReadOnlySpan<byte> init)
    {
        const int hevcRecord = 13;
        var at = init.IndexOf("avcC"u8);
        if (at > 0 && at + 8 <= init.Length)
            return $"avc1.{init[at + 5]:x2}{init[at + 6]:x2}{init[at + 7]:x2}";
        at = init.IndexOf("hvcC"u8);
        return at > 0 && at + 4 + hevcRecord <= init.Length
            ? HevcCodec(init.Slice(at + 4, hevcRecord))
            : throw new InvalidDataException("The stream is neither H.264 nor H.265; set the camera to H.264.");
    }

    /// <summary>Renames an H.265 track to <c>hvc1</c>, the only name that Apple's players accept; ffmpeg writes <c>hev1</c>.</summary>
    public static void NameHvc1(Span<byte> init)
    {
        const int entries = 8;
        var (at, length) = Find(init, "moov/trak/mdia/minf/stbl/stsd");
        if (length >= entries + Header && TypeAt(init, at + entries) == "hev1")
            "hvc1"u8.CopyTo(init[(at + entries + 4)..]);
    }

    /// <summary>The first track's sample descriptions: codec, resolution and parameter sets. Empty where there are none.</summary>
    public static ReadOnlySpan<byte> SampleDescription(ReadOnlySpan<byte> init)
    {
        var (at, length) = Find(init, "moov/trak/mdia/minf/stbl/stsd");
        return init.Slice(at, length);
    }

    /// <summary>Sets a fragment's sequence number, which must increase within a file.</summary>
    public static void Number(Span<byte> fragment, uint number)
    {
        var (at, length) = Find(fragment, "moof/mfhd");
        if (length >= 8)
            BinaryPrimitives.WriteUInt32BigEndian(fragment[(at + 4)..], number);
    }

    /// <summary>Offset of the first track's decode time in a fragment, and whether it has 64 bits.</summary>
    /// <exception cref="InvalidDataException">The fragment has no decode time.</exception>
    public static (int Offset, bool Wide) DecodeTime(ReadOnlySpan<byte> fragment)
    {
        var (at, length) = Find(fragment, "moof/traf/tfdt");
        return length >= 8 ? (at + 4, fragment[at] == 1 && length >= 12) : throw new InvalidDataException("A fragment has no decode time.");
    }

    /// <summary>Decode time and duration in the track's timescale, and whether the first sample is a key frame.</summary>
    /// <exception cref="InvalidDataException">The fragment has no samples, or its sample table is truncated.</exception>
    public static (ulong Start, ulong Length, bool Key) Times(ReadOnlySpan<byte> fragment)
    {
        var (offset, wide) = DecodeTime(fragment);
        ulong start = wide
            ? BinaryPrimitives.ReadUInt64BigEndian(fragment[offset..])
            : BinaryPrimitives.ReadUInt32BigEndian(fragment[offset..]);
        var (tfhd, tfhdLength) = Find(fragment, "moof/traf/tfhd");
        var (trun, trunLength) = Find(fragment, "moof/traf/trun");
        if (tfhdLength < 8 || trunLength < 8)
            throw new InvalidDataException("A fragment has no samples.");
        var flags = BinaryPrimitives.ReadUInt32BigEndian(fragment[tfhd..]);
        var at = tfhd + 8 + ((flags & 1) != 0 ? 8 : 0) + ((flags & 2) != 0 ? 4 : 0);
        uint duration = 0,
            sampleFlags = 0;
        if ((flags & 8) != 0)
            duration = Word(fragment, ref at);
        if ((flags & 16) != 0)
            at += 4;
        if ((flags & 32) != 0)
            sampleFlags = Word(fragment, ref at);
        flags = BinaryPrimitives.ReadUInt32BigEndian(fragment[trun..]);
        var count = BinaryPrimitives.ReadUInt32BigEndian(fragment[(trun + 4)..]);
        at = trun + 8 + ((flags & 1) != 0 ? 4 : 0);
        uint? first = (flags & 4) != 0 ? Word(fragment, ref at) : null;
        // The sample count is limited by the size of the table; otherwise a corrupt count would keep the loop running for minutes.
        var each = BitOperations.PopCount(flags & 0xf00) * 4;
        if (count > MostSamples || (long)count * each > fragment.Length - at)
            throw new InvalidDataException("A fragment's sample table is shorter than its sample count requires.");
        ulong length = 0;
        for (uint i = 0; i < count; i++)
        {
            length += (flags & 0x100) != 0 ? Word(fragment, ref at) : duration;
            at += (flags & 0x200) != 0 ? 4 : 0;
            if ((flags & 0x400) != 0)
            {
                var own = Word(fragment, ref at);
                if (i == 0)
                    first ??= own;
            }

            at += (flags & 0x800) != 0 ? 4 : 0;
        }

        const uint NonSync = 0x10000;
        return (start, length, ((first ?? sampleFlags) & NonSync) == 0);
    }

    /// <summary>The sequence parameter set in a fragment's first picture: another SPS means another resolution or aspect ratio.</summary>
    /// <param name="codec">As returned by <see cref="Codec"/>.</param>
    /// <returns>Empty where the picture contains none.</returns>
    public static ReadOnlySpan<byte> ParameterSet(ReadOnlySpan<byte> fragment, string codec)
    {
        const int mostUnits = 16,
            avcSps = 7,
            hevcSps = 33;
        var h265 = codec.StartsWith("hvc", StringComparison.Ordinal);
        var at = fragment.Length >= Header ? (long)BinaryPrimitives.ReadUInt32BigEndian(fragment) + Header : fragment.Length;
        for (var i = 0; i < mostUnits && at + 5 <= fragment.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(fragment[(int)at..]);
            if (length == 0 || at + 4 + length > fragment.Length)
                break;
            var unit = fragment.Slice((int)at + 4, (int)length);
            if (h265 ? ((unit[0] >> 1) & 0x3f) == hevcSps : (unit[0] & 0x1f) == avcSps)
                return unit;
            at += 4 + length;
        }

        return default;
    }

    // HEVCDecoderConfigurationRecord: version; profile space, tier and profile; 32 compatibility flags, written bit-reversed; 48 constraint
    // flags, without trailing zero bytes; level.
    private static string HevcCodec(ReadOnlySpan<byte> record)
    {
        var (general, flags, compatible) = (record[1], BinaryPrimitives.ReadUInt32BigEndian(record[2..]), 0u);
        for (var i = 0; i < 32; i++)
            compatible |= ((flags >> i) & 1) << (31 - i);
        var space = (general >> 6) is > 0 and var s ? ((char)('A' + s - 1)).ToString() : "";
        var text = new StringBuilder($"hvc1.{space}{general & 0x1f}.{compatible:X}.{((general & 0x20) == 0 ? 'L' : 'H')}{record[12]}");
        foreach (var constraints in record.Slice(6, 6).TrimEnd((byte)0))
            text.Append('.').Append(constraints.ToString("X2", CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static uint Word(ReadOnlySpan<byte> bytes, ref int at)
    {
        if (at < 0 || at + 4 > bytes.Length)
            throw new InvalidDataException("A fragment ends within its sample table.");
        at += 4;
        return BinaryPrimitives.ReadUInt32BigEndian(bytes[(at - 4)..]);
    }
}
