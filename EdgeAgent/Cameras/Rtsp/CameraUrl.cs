using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>An RTSP address in its parts, as people write them.</summary>
/// <param name="Tls">Whether it is <c>rtsps</c>.</param>
/// <param name="Path">Everything behind host and port, with its query.</param>
/// <param name="UserInfo">What stands before the host, as it was written; null where nothing does.</param>
internal sealed partial record CameraUrl(bool Tls, string Host, int Port, string Path, string? UserInfo)
{
    private const int RtspPort = 554;
    private const int RtspsPort = 322;
    private const int LongestPath = 2000;

    /// <summary>As it goes into a request: without credentials before the host.</summary>
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
    /// Reads an address. Passwords may hold any sign, also <c>#</c>, <c>/</c>, <c>?</c> and <c>@</c>, which <see cref="Uri"/> takes for the
    /// end of the host; the scheme may be in capitals.
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

    /// <summary>The user and the password that stand before the host, with their escapes resolved.</summary>
    public (string User, string Password)? Credentials()
    {
        if (UserInfo is null)
            return null;
        var parts = UserInfo.Split(':', 2);
        return (Unescaped(parts[0]), parts.Length > 1 ? Unescaped(parts[1]) : "");
    }

    /// <summary>
    /// Takes passwords and tokens out of an address, or of a text that may hold addresses: before the host, in a query, and in a path as
    /// some makers write it.
    /// </summary>
    public static string Redact(string text) => SecretPart().Replace(BeforeHost().Replace(text, "$1***@"), "$1***");

    // The last @ that a host follows and that comes before the path. A password may hold a slash, and a path an @.
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

    // To the next & or ;, or to the next _name= where names are joined so. Too much is hidden rather than too little.
    [GeneratedRegex(
        @"((?<=[?&;/_])(?:password|passwd|passwort|passwrd|pass|pwd|psw|psswd|pw|secret|token|accesstoken|authkey|auth|key)=)"
            + @"[^&;\s'""]*?(?=[&;\s'""]|_(?:channel|stream|user|subtype|chn)\w*=|$)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SecretPart();
}
