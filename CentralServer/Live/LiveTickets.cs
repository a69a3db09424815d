using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// What opens one camera's fragments for one signed-in session, for a short time: an expiry and a keyed hash. It spares looking up grants for every half second of every
/// viewer; whoever is revoked gets no other one. The key is this process's own: viewers of a server that was started anew ask again.
/// </summary>
internal sealed class LiveTickets(TimeProvider time)
{
    public const string Parameter = "t";

    /// <summary>Where the browser says who asks; the hash holds for this value alone.</summary>
    private const string Session = ".AspNetCore.Identity.Application";
    private const int Digest = 16;
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <param name="source">What it opens: the path before the epoch.</param>
    /// <param name="life">It holds at least so long, and less than twice.</param>
    public string Issue(HttpRequest request, string source, TimeSpan life)
    {
        // The same within a while, so that players and caches see the same address twice.
        var seconds = (long)life.TotalSeconds;
        var until = ((time.GetUtcNow().ToUnixTimeSeconds() / seconds) + 2) * seconds;
        return string.Create(CultureInfo.InvariantCulture, $"{until:x}-{Convert.ToHexStringLower(HashOf(request, source, until))}");
    }

    public bool Fits(HttpRequest request, string source)
    {
        var ticket = request.Query[Parameter].ToString().AsSpan();
        var dash = ticket.IndexOf('-');
        Span<byte> told = stackalloc byte[Digest];
        return dash > 0 && long.TryParse(ticket[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var until) && until > time.GetUtcNow().ToUnixTimeSeconds()
            && ticket.Length - dash - 1 == Digest * 2 && Convert.FromHexString(ticket[(dash + 1)..], told, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(told, HashOf(request, source, until));
    }

    private byte[] HashOf(HttpRequest request, string source, long until)
    {
        // A long cookie comes in pieces.
        var session = string.Join('\n', request.Cookies.Where(c => c.Key.StartsWith(Session, StringComparison.Ordinal)).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value));
        return HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{source}\n{until}\n{session}")))[..Digest];
    }
}
