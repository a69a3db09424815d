using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>The components of an RTSP URL, parsed leniently.</summary>
/// <param name="Tls">Whether the scheme is <c>rtsps</c>.</param>
/// <param name="Path">Everything after host and port, including the query.</param>
/// <param name="UserInfo">The part before the host, as written (not unescaped); null where there is none.</param>
internal sealed partial record CameraUrl(bool Tls, string Host, int Port, string Path, string? UserInfo)
{
    private const int RtspPort = 554;
    private const int RtspsPort = 322;
    private const int LongestPath = 2000;

    /// <summary>The URL for RTSP requests: without credentials before the host.</summary>
    public string Request
    {
        get
        {
            var text = new StringBuilder($"rtsp{(Tls ? "s" : "")}://{Authority}");
            foreach (var letter in Path)
            {
                if (letter is ' ' or < ' ')
                    text.Append(CultureInfo.InvariantCulture, $"%{(int)letter:X2}");
                else
                    text.Append(letter);
            }

            return text.ToString();
        }
    }

    public string Authority =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>
    /// Parses a URL; null where it is invalid. Passwords may contain any character, including <c>#</c>, <c>/</c>, <c>?</c> and <c>@</c>, at
    /// which <see cref="Uri"/> ends the host; the scheme may be in upper case.
    /// </summary>
    public static CameraUrl? Parse(string url)
    {
        var schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0 || url[..schemeEnd].ToUpperInvariant() is not ("RTSP" or "RTSPS") || url.Length > LongestPath)
            return null;
        var (tls, rest) = (url[..schemeEnd].Length == "rtsps".Length, url[(schemeEnd + 3)..]);
        var at = UserInfoEnd(rest);
        var userInfo = at < 0 ? null : rest[..at];
        rest = rest[(at + 1)..];
        var hostEnd = rest.IndexOfAny(['/', '?', '#']);
        hostEnd = hostEnd < 0 ? rest.Length : hostEnd;
        return HostAndPort(rest[..hostEnd]) is var (host, port)
            ? new(tls, host, port ?? (tls ? RtspsPort : RtspPort), rest[hostEnd..], userInfo)
            : null;
    }

    /// <summary>User and password before the host, unescaped; null where the URL has none.</summary>
    public (string User, string Password)? Credentials()
    {
        if (UserInfo is null)
            return null;
        var parts = UserInfo.Split(':', 2);
        return (Unescaped(parts[0]), parts.Length > 1 ? Unescaped(parts[1]) : "");
    }

    /// <summary>
    /// Masks passwords and tokens in a URL, or in a text that may contain URLs: before the host, in a query, and in a path as some
    /// manufacturers write it.
    /// </summary>
    public static string Redact(string text) => SecretPart().Replace(BeforeHost().Replace(text, "$1***@"), "$1***");

    // Index of the last @ that a host follows and that precedes the path; -1 where there is none. A password may contain a slash, and a
    // path an @.
    private static int UserInfoEnd(string rest)
    {
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? rest : rest[..slash];
        if (first.LastIndexOf('@') is >= 0 and var before)
            return before;
        if (
            HostAndPort(first.Split('?', '#')[0]) is var (host, _)
            && (host.Contains('.', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal) || host == "localhost")
        )
            return -1;
        for (var at = rest.LastIndexOf('@'); at > 0; at = rest.LastIndexOf('@', at - 1))
        {
            if (HostAndPort(rest[(at + 1)..].Split('/', '?', '#')[0]) is var (behind, _) && behind.Contains('.', StringComparison.Ordinal))
                return at;
        }

        return -1;
    }

    private static (string Host, int? Port)? HostAndPort(string text)
    {
        var colon = text.StartsWith('[') ? text.IndexOf("]:", StringComparison.Ordinal) + 1 : text.LastIndexOf(':');
        int? port = null;
        if (colon > 0)
        {
            if (!ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                return null;
            (port, text) = (number, text[..colon]);
        }

        if (text is ['[', .. var inner, ']'])
            return IPAddress.TryParse(inner, out _) ? (inner, port) : null;
        return Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 ? (text, port) : null;
    }

    private static string Unescaped(string text) => BadEscape().IsMatch(text) ? text : Uri.UnescapeDataString(text);

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})")]
    private static partial Regex BadEscape();

    [GeneratedRegex(@"(\brtsps?://)(?:[^\s/@]*@|[^\s/@]*:\S*@(?=[\w.\[\]:-]+(?:[/\s]|$)))", RegexOptions.IgnoreCase)]
    private static partial Regex BeforeHost();

    // Up to the next & or ;, or the next _name= where names are joined by underscores. In doubt it masks too much rather than too little.
    [GeneratedRegex(
        @"((?<=[?&;/_])(?:password|passwd|passwort|passwrd|pass|pwd|psw|psswd|pw|secret|token|accesstoken|authkey|auth|key)=)"
            + @"[^&;\s'""]*?(?=[&;\s'""]|_(?:channel|stream|user|subtype|chn)\w*=|$)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SecretPart();
}
