using System.Collections.Concurrent;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Store;

namespace BrightKitchen.KioskUI.Staff;

/// <summary>Somebody who showed who they are, for as long as they touch the screen.</summary>
public sealed class StaffSession(KioskStaff who, DateTimeOffset at)
{
    public KioskStaff Who => who;

    public DateTimeOffset At { get; set; } = at;

    /// <summary>What the camera said of them last, and the picture that it said it of.</summary>
    public WornLook? Worn { get; set; }
}

/// <summary>
/// Lets staff in by number or badge. Wrong numbers are counted over restarts and make everybody wait; numbers are never written anywhere.
/// </summary>
internal sealed class StaffSessions(KioskStore store, TimeProvider time)
{
    private const int FreeTries = 5;

    // The page goes back to the wall after 30 s; this is for a page that died.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, StaffSession> open = new();

    /// <summary>How long nothing is tried; zero where it may be.</summary>
    public TimeSpan Locked => store.Lock.Until - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    /// <returns>The session's key, which the page shows with each request; null where nobody has that number, or it is too early to
    /// try.</returns>
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
    /// The same by a badge's code, which nobody guesses: wrong ones are not counted, as one that is held before the camera comes again and
    /// again.
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
        // Who left, or whose kiosk was revoked, is nobody from the next touch on.
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
