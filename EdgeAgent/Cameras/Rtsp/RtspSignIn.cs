using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>
/// Answers a camera's authentication challenges (RFC 7616, RFC 7617): Digest with SHA-256 or MD5 in whatever order they are offered, Basic
/// only where the camera offers no Digest.
/// </summary>
internal sealed partial class RtspSignIn(string user, string password)
{
    private Challenge? current;
    private int count;

    /// <summary>Reads the challenges of a 401 response.</summary>
    /// <returns>Whether there is an answer that the camera has not refused yet.</returns>
    public bool Learn(IEnumerable<string> headers)
    {
        var offered = headers.SelectMany(Challenge.Parse).Where(c => c.Rank > 0).OrderByDescending(c => c.Rank).ToList();
        if (offered.Exists(c => c.Rank > 1))
            offered.RemoveAll(c => c.Rank == 1);
        var next = current switch
        {
            null => offered.FirstOrDefault(),
            // The nonce has expired, or the camera accepts each nonce only once.
            { } used when offered.Find(c => c.Rank == used.Rank && c.Nonce != used.Nonce && (c.Stale || used.Accepted)) is { } fresh =>
                fresh,
            // The camera offers an algorithm that it cannot verify: fall back to a lower-ranked one.
            { Accepted: false } used => offered.Find(c => c.Rank < used.Rank),
            _ => null,
        };
        if (next is null)
            return false;
        (current, count) = (next, 0);
        return true;
    }

    /// <summary>Records that the camera accepted the answer.</summary>
    public void Accepted()
    {
        if (current is not null)
            current.Accepted = true;
    }

    /// <summary>Value of the Authorization header; null before the first challenge.</summary>
    [SuppressMessage("Security", "CA5351", Justification = "The camera requires MD5.")]
    public string? Header(string method, string uri)
    {
        if (current is null)
            return null;
        if (current.Rank == 1)
            return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        var sha = current.Algorithm.StartsWith("SHA-256", StringComparison.OrdinalIgnoreCase);
        string Hash(string text) =>
            Convert.ToHexStringLower(sha ? SHA256.HashData(Encoding.UTF8.GetBytes(text)) : MD5.HashData(Encoding.UTF8.GetBytes(text)));
        var (own, number) = (
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            (++count).ToString("x8", CultureInfo.InvariantCulture)
        );
        var secret = Hash($"{user}:{current.Realm}:{password}");
        if (current.Algorithm.EndsWith("-sess", StringComparison.OrdinalIgnoreCase))
            secret = Hash($"{secret}:{current.Nonce}:{own}");
        var asked = Hash(current.Quality == "auth-int" ? $"{method}:{uri}:{Hash("")}" : $"{method}:{uri}");
        var response = current.Quality is { } quality
            ? Hash($"{secret}:{current.Nonce}:{number}:{own}:{quality}:{asked}")
            : Hash($"{secret}:{current.Nonce}:{asked}");
        return $"Digest username=\"{Quoted(user)}\", realm=\"{Quoted(current.Realm)}\", nonce=\"{Quoted(current.Nonce)}\", "
            + $"uri=\"{uri}\", response=\"{response}\""
            + (current.Algorithm.Length > 0 ? $", algorithm={current.Algorithm}" : "")
            + (current.Opaque is { } opaque ? $", opaque=\"{Quoted(opaque)}\"" : "")
            + (current.Quality is { } q ? $", qop={q}, nc={number}, cnonce=\"{own}\"" : "");
    }

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private sealed partial record Challenge(
        int Rank,
        string Realm,
        string Nonce,
        string Algorithm,
        string? Quality,
        string? Opaque,
        bool Stale
    )
    {
        public bool Accepted { get; set; }

        // One header may contain several challenges.
        public static IEnumerable<Challenge> Parse(string header)
        {
            var begins = Scheme().Matches(header);
            for (var i = 0; i < begins.Count; i++)
            {
                var from = begins[i].Index + begins[i].Length;
                var fields = Field()
                    .Matches(header[from..(i + 1 < begins.Count ? begins[i + 1].Index : header.Length)])
                    .GroupBy(m => m.Groups[1].Value.ToUpperInvariant())
                    .ToDictionary(
                        g => g.Key,
                        g => g.First().Groups[2].Success ? Escape().Replace(g.First().Groups[2].Value, "$1") : g.First().Groups[3].Value
                    );
                var algorithm = fields.GetValueOrDefault("ALGORITHM", "");
                var qualities = fields
                    .GetValueOrDefault("QOP")
                    ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    ?? [];
                var rank = begins[i].Groups[1].Value.Equals("Basic", StringComparison.OrdinalIgnoreCase)
                    ? 1
                    : algorithm.ToUpperInvariant() switch
                    {
                        "" or "MD5" or "MD5-SESS" => 2,
                        "SHA-256" or "SHA-256-SESS" => 3,
                        _ => 0,
                    };
                yield return new(
                    rank,
                    fields.GetValueOrDefault("REALM", ""),
                    fields.GetValueOrDefault("NONCE", ""),
                    algorithm,
                    qualities.Contains("auth") ? "auth"
                        : qualities.Contains("auth-int") ? "auth-int"
                        : null,
                    fields.GetValueOrDefault("OPAQUE"),
                    fields.GetValueOrDefault("STALE", "").Equals("true", StringComparison.OrdinalIgnoreCase)
                );
            }
        }

        [GeneratedRegex(@"(?:^|,)\s*(Digest|Basic)\s+(?=\w+\s*=)", RegexOptions.IgnoreCase)]
        private static partial Regex Scheme();

        [GeneratedRegex(@"(\w+)\s*=\s*(?:""((?:[^""\\]|\\.)*)""|([^\s,""]+))")]
        private static partial Regex Field();

        [GeneratedRegex(@"\\(.)")]
        private static partial Regex Escape();
    }
}
