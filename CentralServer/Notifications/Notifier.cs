using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace BrightKitchen.CentralServer.Notifications;

/// <summary>
/// Sends notifications after a commit: to edge agents, other servers and pages. Best effort: committed data does not depend on the
/// delivery, so that failures are counted (<c>brightkitchen.notifications.failed</c>) and logged here and never reach the caller.
/// </summary>
internal sealed partial class Notifier : IDisposable
{
    public const string MeterName = "BrightKitchen.CentralServer";
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(10);
    private readonly Meter meter;
    private readonly Counter<long> sent;
    private readonly Counter<long> failed;
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, long Since)> logged = new();
    private readonly TimeProvider time;
    private readonly ILogger<Notifier> logger;

    public Notifier(IMeterFactory meters, TimeProvider time, ILogger<Notifier> logger)
    {
        (this.time, this.logger) = (time, logger);
        meter = meters.Create(MeterName);
        sent = meter.CreateCounter<long>("brightkitchen.notifications.sent", description: "Notifications that were sent, by kind.");
        failed = meter.CreateCounter<long>(
            "brightkitchen.notifications.failed",
            description: "Notifications that could not be sent, by kind. Committed data is not affected."
        );
    }

    /// <summary>Sends a notification and gives up after two seconds; never throws.</summary>
    /// <param name="kind">Label for metric and log, such as <c>hold</c>.</param>
    /// <returns>Whether it was sent.</returns>
    public async Task<bool> SendAsync(string kind, Func<Task> send)
    {
        try
        {
            await send().WaitAsync(SendTimeout, time);
            sent.Add(1, new KeyValuePair<string, object?>("kind", kind));
            return true;
        }
        catch (Exception e)
        {
            failed.Add(1, new KeyValuePair<string, object?>("kind", kind));
            Log(kind, e);
            return false;
        }
    }

    public void Dispose() => meter.Dispose();

    // Logs once in ten seconds per kind, with the number of failures since: an outage of an hour does not fill the log.
    private void Log(string kind, Exception e)
    {
        var now = time.GetUtcNow();
        var (at, since) = logged.AddOrUpdate(
            kind,
            _ => (now, 1),
            (_, l) => now - l.At >= LogEvery ? (now, l.Since + 1) : (l.At, l.Since + 1)
        );
        if (at != now)
            return;
        logged[kind] = (now, 0);
        NotSent(kind, since, e.Message);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Notifications of kind {Kind} cannot be sent ({Count} since the last such message); committed data is not affected: {Reason}"
    )]
    private partial void NotSent(string kind, long count, string reason);
}
