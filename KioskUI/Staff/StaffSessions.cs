using System.Collections.Concurrent;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Store;

namespace BrightKitchen.KioskUI.Staff;

/// <summary>A signed-in member of staff, until the screen is idle.</summary>
public sealed class StaffSession(KioskStaff who, DateTimeOffset at)
{
    public KioskStaff Who => who;

    public DateTimeOffset At { get; set; } = at;

    /// <summary>The camera's latest result for this person, with its picture.</summary>
    public WornLook? Worn { get; set; }
}

/// <summary>
/// Signs staff in by PIN or badge. Wrong PINs are counted across restarts and lock PIN entry for everyone; PINs are never written anywhere.
/// </summary>
internal sealed class StaffSessions(KioskStore store, TimeProvider time)
{
    private const int FreeTries = 5;

    // The page returns to the wall after 30 s; this limit covers a page that crashed.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, StaffSession> open = new();

    /// <summary>Remaining time of the PIN lock; zero when there is none.</summary>
    public TimeSpan Locked => store.Lock.Until - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    /// <returns>The session key, which the page sends with each request; null when the PIN is wrong or PIN entry is locked.</returns>
    public string? ByPin(string? pin)
    {
        if (Locked > TimeSpan.Zero || store.Site is not { } site)
            return null;
        var hash = pin is { Length: KioskKeys.PinDigits } && pin.All(char.IsAsciiDigit) ? KioskKeys.PinHash(site.SiteId, pin) : "";
        if (
            site.Staff.FirstOrDefault(s =>
                s.PinHash is { } known
                && hash.Length > 0
                && CryptographicOperations.FixedTimeEquals(Convert.FromHexString(known), Convert.FromHexString(hash))
            )
            is not { } who
        )
        {
            var fails = store.Lock.Fails + 1;
            store.Lock = (
                fails,
                fails < FreeTries
                    ? DateTimeOffset.UnixEpoch
                    : time.GetUtcNow() + TimeSpan.FromTicks(Math.Min(FirstWait.Ticks << Math.Min(fails - FreeTries, 10), LongestWait.Ticks))
            );
            return null;
        }

        if (store.Lock.Fails > 0)
            store.Lock = (0, DateTimeOffset.UnixEpoch);
        return Enter(who);
    }

    /// <summary>
    /// Signs in by a badge's code. Wrong codes are not counted: a code cannot be guessed, and a badge held before the camera is read
    /// repeatedly.
    /// </summary>
    public string? ByBadge(string? code)
    {
        if (store.Site is not { } site || code is null || !code.StartsWith(KioskKeys.BadgeBefore, StringComparison.Ordinal))
            return null;
        var hash = KioskKeys.BadgeHash(code);
        return site.Staff.FirstOrDefault(s => s.BadgeHash == hash) is { } who ? Enter(who) : null;
    }

    public StaffSession? Find(string? key)
    {
        var now = time.GetUtcNow();
        if (key is null || !open.TryGetValue(key, out var session))
            return null;
        // A person who is no longer on the staff, or whose kiosk was revoked, is signed out with the next request.
        if (now - session.At > Idle || store.Site?.Staff.Any(s => s.Id == session.Who.Id) != true)
        {
            open.TryRemove(key, out _);
            return null;
        }

        session.At = now;
        return session;
    }

    public void End(string? key)
    {
        if (key is not null)
            open.TryRemove(key, out _);
    }

    private string Enter(KioskStaff who)
    {
        var now = time.GetUtcNow();
        foreach (var (old, session) in open)
        {
            if (now - session.At > Idle)
                open.TryRemove(old, out _);
        }

        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        open[key] = new(who, now);
        return key;
    }
}
