using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>Who may use the box's own page: whoever knows its admin code, from the same network, for half a day at a time.</summary>
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

    /// <summary>Twelve letters, made at the first start and kept in <c>admin.code</c>; about 60 bits.</summary>
    public string Code =>
        PrivateFile
            .ReadOrMake(folders.In("admin.code"), () =>
                string.Join('-', RandomNumberGenerator.GetString(Alphabet, Letters).Chunk(4).Select(c => new string(c)))
            )
            .Trim();

    /// <summary>Whether an address is of this machine or of a private network (RFC 1918, 4193, 3927, link-local).</summary>
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

    /// <summary>A new session's token, or null: a wrong code, or too many of them from this address.</summary>
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
