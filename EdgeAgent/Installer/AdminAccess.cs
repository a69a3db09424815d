using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>
/// Access to the edge agent's setup page: requires the admin code and an address in the local network; a session lasts 12 h. Ten wrong
/// codes from one address lock it out for 10 min.
/// </summary>
internal sealed class AdminAccess(AgentFolders folders, TimeProvider time)
{
    public const string Cookie = "__Host-box";
    private const int Tries = 10;
    private const int Letters = 12;
    private const int MostSessions = 100;
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static readonly TimeSpan Session = TimeSpan.FromHours(12);
    private static readonly TimeSpan Lockout = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, DateTimeOffset> sessions = new();
    private readonly ConcurrentDictionary<IPAddress, (int Wrong, DateTimeOffset Since)> tries = new();

    /// <summary>
    /// Twelve characters of a 32-character alphabet (60 bits), generated at the first start and stored in <c>admin.code</c>.
    /// </summary>
    public string Code =>
        PrivateFile
            .ReadOrMake(folders.In("admin.code"), () =>
                string.Join('-', RandomNumberGenerator.GetString(Alphabet, Letters).Chunk(4).Select(c => new string(c)))
            )
            .Trim();

    /// <summary>Whether an address is loopback, private or link-local (RFC 1918, 4193, 3927).</summary>
    public static bool IsNear(IPAddress? address)
    {
        if (address is null)
            return false;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal)
            return true;
        return address.GetAddressBytes() is [var a, var b, _, _]
            && (a == 10 || (a == 172 && b is >= 16 and < 32) || (a == 192 && b == 168) || (a == 169 && b == 254));
    }

    /// <summary>The token of a new session; null when the code is wrong or the address is locked out.</summary>
    public string? SignIn(string code, IPAddress from, out bool locked)
    {
        var now = time.GetUtcNow();
        locked = tries.TryGetValue(from, out var before) && before.Wrong >= Tries && now - before.Since < Lockout;
        if (locked)
            return null;
        if (!Same(Plain(code), Plain(Code)))
        {
            tries.AddOrUpdate(from, (1, now), (_, old) => now - old.Since < Lockout ? (old.Wrong + 1, old.Since) : (1, now));
            return null;
        }

        tries.TryRemove(from, out _);
        foreach (var (old, until) in sessions)
        {
            if (until <= now || sessions.Count >= MostSessions)
                sessions.TryRemove(old, out _);
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        sessions[token] = now + Session;
        return token;
    }

    public bool Knows(string? token) => token is not null && sessions.TryGetValue(token, out var until) && time.GetUtcNow() < until;

    public void SignOut(string? token)
    {
        if (token is not null)
            sessions.TryRemove(token, out _);
    }

    private static string Plain(string code) => new([.. code.Where(char.IsLetterOrDigit).Select(char.ToUpperInvariant)]);

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
