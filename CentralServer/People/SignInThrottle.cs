using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Slows down password guessing without letting strangers lock people out. Wrong passwords count per account <b>and address</b>, and,
/// summed over all addresses, per account on devices that have never signed in to it. A device that has (see <see cref="KnownDevice"/>) is
/// counted separately, so that a person can sign in on their own device whatever others try. Sessions and API tokens are not affected. The
/// counters are in this server's memory and bounded in number.
/// </summary>
internal sealed class SignInThrottle(IOptions<SignInOptions> options, TimeProvider time)
{
    /// <summary>Maximum number of counters; the oldest are removed.</summary>
    internal const int Most = 20_000;
    private const int LongestDoubling = 6;
    private readonly ConcurrentDictionary<string, Attempts> attempts = new(StringComparer.Ordinal);
    private int sweeping;

    /// <summary>Whether this attempt is allowed.</summary>
    /// <param name="account">The person's id, or the normal form of an unknown name, so that both are throttled alike.</param>
    /// <param name="device">A known device of this account; null for any other device.</param>
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

    /// <summary>Resets the counter of the address or device after a correct password.</summary>
    public void Succeeded(string account, string address, string? device) =>
        attempts.TryRemove(device is null ? AddressKey(account, address) : DeviceKey(account, device), out _);

    /// <summary>Number of counters in memory.</summary>
    internal int CounterCount => attempts.Count;

    private bool IsClosed(string key, DateTimeOffset now) => attempts.TryGetValue(key, out var found) && found.ClosedUntil > now;

    // Each further block lasts twice as long; after 64 times the pause without a wrong attempt the count starts from zero.
    private void Count(string key, int most)
    {
        var (now, pause) = (time.GetUtcNow(), options.Value.WrongPause);
        attempts.AddOrUpdate(
            key,
            _ => Next(new(0, 0, default, now)),
            (_, before) => Next(now - before.Last > pause * (1 << LongestDoubling) ? new(0, 0, default, now) : before)
        );

        Attempts Next(Attempts before) =>
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
        if (attempts.Count <= Most || Interlocked.Exchange(ref sweeping, 1) == 1)
            return;
        foreach (var (key, _) in attempts.OrderBy(t => t.Value.Last).Take(attempts.Count - (Most * 9 / 10)).ToList())
            attempts.TryRemove(key, out _);
        Interlocked.Exchange(ref sweeping, 0);
    }

    private static string AddressKey(string account, string address) => $"a {account} {address}";

    private static string AccountKey(string account) => $"n {account}";

    private static string DeviceKey(string account, string device) => $"d {account} {device}";

    /// <param name="Wrong">Wrong attempts since the last block.</param>
    /// <param name="Closed">Number of consecutive blocks.</param>
    private sealed record Attempts(int Wrong, int Closed, DateTimeOffset ClosedUntil, DateTimeOffset Last);
}
