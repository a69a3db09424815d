using System.Globalization;
using System.Text;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>An RTSP 1.0 request or response.</summary>
/// <param name="Start">The start line without its line end.</param>
internal sealed record RtspMessage(string Start, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>Status code of a response; 0 for a request.</summary>
    public int Status =>
        Start.StartsWith("RTSP/", StringComparison.Ordinal)
        && Start.Split(' ', 3) is [_, var code, ..]
        && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : 0;

    public string Method => Start.Split(' ')[0];

    public string Target => Start.Split(' ') is [_, var target, ..] ? target : "";

    public string? this[string name] => All(name).FirstOrDefault();

    public IEnumerable<string> All(string name) =>
        Headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    /// <summary>Copy with another start line and headers; <see cref="Bytes"/> adds Content-Length.</summary>
    public RtspMessage With(string start, IEnumerable<(string Name, string Value)> headers, byte[]? body = null) =>
        new(start, [.. headers], body ?? Body);

    public byte[] Bytes()
    {
        var text = new StringBuilder(Start).Append("\r\n");
        foreach (var (name, value) in Headers)
        {
            if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        if (Body.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        return [.. Encoding.UTF8.GetBytes(text.Append("\r\n").ToString()), .. Body];
    }
}
