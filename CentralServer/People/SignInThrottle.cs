using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Slows down guessing without giving strangers a way to lock people out. Wrong passwords count against the account <b>and the address</b>
/// that they come from, and, from many addresses together, against the account on devices that never signed in to it. A device that has
/// (see <see cref="KnownDevice"/>) counts for itself, so that a person gets in on their own device whatever others try. Neither sessions
/// nor API tokens are touched. In this server's memory, with a fixed largest size.
/// </summary>
internal sealed class SignInThrottle(IOptions<SignInOptions> options, TimeProvider time)
{
    /// <summary>Accounts and addresses that are remembered; the oldest are forgotten.</summary>
    internal const int Most = 20_000;
    private const int LongestDoubling = 6;
    private readonly ConcurrentDictionary<string, Tries> tries = new(StringComparer.Ordinal);
    private int sweeping;

    /// <summary>Whether this attempt may be made at all.</summary>
    /// <param name="account">The person's id, or the normal form of a name that nobody has: both answer alike.</param>
    /// <param name="device">A known device of this account; null for any other.</param>
    public bool IsOpen(string account, string address, string? device)
    {
        var now = time.GetUtcNow();
        return device is not null
            ? !IsClosed(DeviceKey(account, device), now)
            : !IsClosed(AddressKey(account, address), now) && !IsClosed(AccountKey(account), now);
    }

    /// <summary>Counts a wrong password or code.</summary>
    public void Failed(string account, string address, string? device)
    {
        var limits = options.Value;
        if (device is not null)
        {
            Count(DeviceKey(account, device), limits.WrongPerAddress);
            return;
        }

        Count(AddressKey(account, address), limits.WrongPerAddress);
        Count(AccountKey(account), limits.WrongPerAccount);
        Sweep();
    }

    /// <summary>Forgets what the address or device had wrong before the right password.</summary>
    public void Succeeded(string account, string address, string? device) =>
        tries.TryRemove(device is null ? AddressKey(account, address) : DeviceKey(account, device), out _);

    /// <summary>How many accounts and addresses are remembered.</summary>
    internal int Remembered => tries.Count;

    private bool IsClosed(string key, DateTimeOffset now) => tries.TryGetValue(key, out var found) && found.ClosedUntil > now;

    // Each further time it is closed for twice as long; after an hour without a wrong one it starts from the beginning.
    private void Count(string key, int most)
    {
        var (now, pause) = (time.GetUtcNow(), options.Value.WrongPause);
        tries.AddOrUpdate(
            key,
            _ => Next(new(0, 0, default, now)),
            (_, before) => Next(now - before.Last > pause * (1 << LongestDoubling) ? new(0, 0, default, now) : before)
        );

        Tries Next(Tries before) =>
            before.Wrong + 1 >= most
                ? new(
                    0,
                    Math.Min(before.Closed + 1, LongestDoubling),
                    now + (pause * (1 << Math.Min(before.Closed, LongestDoubling - 1))),
                    now
                )
                : before with
                {
                    Wrong = before.Wrong + 1,
                    Last = now,
                };
    }

    private void Sweep()
    {
        if (tries.Count <= Most || Interlocked.Exchange(ref sweeping, 1) == 1)
            return;
        foreach (var (key, _) in tries.OrderBy(t => t.Value.Last).Take(tries.Count - (Most * 9 / 10)).ToList())
            tries.TryRemove(key, out _);
        Interlocked.Exchange(ref sweeping, 0);
    }

    private static string AddressKey(string account, string address) => $"a {account} {address}";

    private static string AccountKey(string account) => $"n {account}";

    private static string DeviceKey(string account, string device) => $"d {account} {device}";

    /// <param name="Wrong">Since it was last closed.</param>
    /// <param name="Closed">How many times it was closed in a row.</param>
    private sealed record Tries(int Wrong, int Closed, DateTimeOffset ClosedUntil, DateTimeOffset Last);
}
