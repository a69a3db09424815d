using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>
/// Reads an RTSP connection: messages, and interleaved RTP packets between them. Memory use is bounded whatever the peer sends.
/// </summary>
internal sealed class RtspReader(Stream stream)
{
    /// <summary>Length of an interleaved packet's header in bytes: dollar sign, channel, 16-bit length.</summary>
    public const int Lead = 4;
    private const int LongestHead = 1 << 16;
    private const int LongestBody = 1 << 20;
    private const int MostNoise = 1 << 16;
    private const int MostHeaders = 200;
    private readonly byte[] buffer = new byte[1 << 18];
    private int start;
    private int end;
    private int noise;

    /// <summary>The next message, or all complete interleaved packets in the buffer; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The data is not RTSP.</exception>
    public async ValueTask<(RtspMessage? Message, ReadOnlyMemory<byte> Packets)?> NextAsync(CancellationToken stop)
    {
        while (await FillAsync(1, stop))
        {
            if (buffer[start] == (byte)'$')
            {
                noise = 0;
                if (!await FillAsync(Lead, stop) || !await FillAsync(Lead + LengthAt(start), stop))
                    return null;
                var from = start;
                while (end - start >= Lead && buffer[start] == (byte)'$' && end - start >= Lead + LengthAt(start))
                    start += Lead + LengthAt(start);
                return (null, buffer.AsMemory(from, start - from));
            }

            if (await LineAsync(stop) is not { } line)
                return null;
            if (line.StartsWith("RTSP/1.", StringComparison.Ordinal) || line.EndsWith(" RTSP/1.0", StringComparison.Ordinal))
            {
                noise = 0;
                return (await RestAsync(line, stop), default);
            }

            // Some cameras send a few meaningless bytes between packets.
            noise += line.Length + 2;
            if (noise > MostNoise)
                throw new InvalidDataException("The camera does not speak RTSP.");
        }

        return null;
    }

    private int LengthAt(int at) => BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(at + 2));

    private async ValueTask<RtspMessage?> RestAsync(string first, CancellationToken stop)
    {
        var (headers, size) = (new List<(string Name, string Value)>(), first.Length);
        while (true)
        {
            var line = await LineAsync(stop) ?? throw new EndOfStreamException();
            if (line.Length == 0)
                break;
            size += line.Length;
            if (size > LongestHead || headers.Count >= MostHeaders)
                throw new InvalidDataException("The RTSP header is too long.");
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                headers.Add((line[..colon].Trim(), line[(colon + 1)..].Trim()));
        }

        var length = headers
            .Where(h => h.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            .Select(h => h.Value)
            .FirstOrDefault();
        if (length is null || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes == 0)
            return new(first, headers, []);
        if (bytes > LongestBody)
            throw new InvalidDataException("The RTSP message body is too long.");
        var body = new byte[bytes];
        for (var read = 0; read < bytes; )
        {
            if (!await FillAsync(1, stop))
                throw new EndOfStreamException();
            var part = Math.Min(end - start, bytes - read);
            buffer.AsSpan(start, part).CopyTo(body.AsSpan(read));
            (start, read) = (start + part, read + part);
        }

        return new(first, headers, body);
    }

    private async ValueTask<string?> LineAsync(CancellationToken stop)
    {
        for (var looked = 0; ; looked = end - start)
        {
            var found = buffer.AsSpan(start + looked, end - start - looked).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = Encoding.UTF8.GetString(buffer, start, looked + found).TrimEnd('\r');
                start += looked + found + 1;
                return line;
            }

            if (end - start > LongestHead)
                throw new InvalidDataException("An RTSP line is too long.");
            if (!await FillAsync(end - start + 1, stop))
                return null;
        }
    }

    // Reads until the buffer holds this many bytes; false at the end of the stream.
    private async ValueTask<bool> FillAsync(int bytes, CancellationToken stop)
    {
        if (end - start >= bytes)
            return true;
        if (start + bytes > buffer.Length || start == end)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        while (end - start < bytes)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(end), stop);
            if (read == 0)
                return false;
            end += read;
        }

        return true;
    }
}
