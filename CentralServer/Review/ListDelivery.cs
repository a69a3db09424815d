using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Review;

/// <summary>
/// Sends the lists of held and dismissed findings to the edge agents connected to this server, and repeats them until they are
/// acknowledged, by comparing the committed state with what each agent has acknowledged. The audit log shows which sites a decision
/// changed, whichever server made it, so that delivery does not depend on messages between servers. Agents of an earlier release do not
/// acknowledge: for them, a successful write to the connection counts.
/// </summary>
internal sealed partial class ListDelivery(
    IServiceScopeFactory scopes,
    IHubContext<BoxHub, IBoxClient> hub,
    Notifier notifier,
    TimeProvider time,
    ILogger<ListDelivery> logger
) : BackgroundService, IListDelivery
{
    // The first pause gives the message sent at commit time to be acknowledged.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);
    private static readonly string[] Changing = [AuditActions.Hold, AuditActions.Release, AuditActions.Step];
    private readonly ConcurrentDictionary<string, Agent> agents = new();
    private long? seen;

    public async Task BeginAsync(string connection, string boxId, string siteId, IBoxClient client, CancellationToken aborted)
    {
        // Registered before the lists are read: later commits are found in the audit log.
        var agent = agents[connection] = new(boxId, siteId);
        aborted.Register(() => agents.TryRemove(connection, out _));
        await using var scope = scopes.CreateAsyncScope();
        var lists = await ReadAsync(scope.ServiceProvider, agent, aborted);
        await Dismissals.SendAsync(client, lists.Dismissed, lists.TakenBack);
        await client.Hold(lists.Held);
        agent.SetWanted(lists.Digests, time.GetUtcNow());
        agent.SetWritten(lists.Digests, time.GetUtcNow());
    }

    public void Acknowledge(string connection, TakenLists taken)
    {
        if (agents.TryGetValue(connection, out var agent))
            agent.SetAcknowledged(taken, time.GetUtcNow());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await MarkAsync(stoppingToken);
                await DeliverAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The next tick retries from the same position: a database outage must not end the server.
                NotCompared(e.Message);
            }
        }
    }

    private async Task MarkAsync(CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CentralDb>();
        var newest = await db.AuditEntries.MaxAsync(e => (long?)e.Number, cancel) ?? 0;
        var changed =
            seen is not { } last ? null
            : newest == last ? []
            : (
                await db
                    .AuditEntries.Where(e => e.Number > last && e.Number <= newest && e.SiteId != null && Changing.Contains(e.Action))
                    .Select(e => e.SiteId!)
                    .Distinct()
                    .ToListAsync(cancel)
            ).ToHashSet();
        // On the first tick it is unknown what was decided after an agent's lists were read, so all are stale.
        foreach (var agent in agents.Values.Where(a => changed?.Contains(a.SiteId) != false))
            agent.IsStale = true;
        seen = newest;
        foreach (var agent in agents.Values.Where(a => a.IsStale))
        {
            agent.IsStale = false;
            try
            {
                agent.SetWanted((await ReadAsync(scope.ServiceProvider, agent, cancel)).Digests, time.GetUtcNow());
            }
            catch
            {
                agent.IsStale = true;
                throw;
            }
        }
    }

    private async Task DeliverAsync(CancellationToken cancel)
    {
        var due = agents.Where(a => a.Value.IsDue(time.GetUtcNow())).ToList();
        if (due.Count == 0)
            return;
        await using var scope = scopes.CreateAsyncScope();
        // Sent concurrently: an unreachable agent does not delay the others.
        var sending = new List<Task>();
        foreach (var (connection, agent) in due)
        {
            var lists = await ReadAsync(scope.ServiceProvider, agent, cancel);
            agent.SetWanted(lists.Digests, time.GetUtcNow());
            if (!agent.IsDue(time.GetUtcNow()))
                continue;
            agent.RecordAttempt(time.GetUtcNow());
            SentAgain(agent.BoxId);
            sending.Add(SendAsync(connection, agent, lists));
        }

        await Task.WhenAll(sending);
    }

    private async Task SendAsync(string connection, Agent agent, Lists lists)
    {
        var client = hub.Clients.Client(connection);
        if (await notifier.SendAsync("lists", async () =>
            {
                await Dismissals.SendAsync(client, lists.Dismissed, lists.TakenBack);
                await client.Hold(lists.Held);
            }))
            agent.SetWritten(lists.Digests, time.GetUtcNow());
    }

    private static async Task<Lists> ReadAsync(IServiceProvider services, Agent agent, CancellationToken cancel)
    {
        var dismissals = services.GetRequiredService<Dismissals>();
        return new(
            await Holds.OfAsync(services.GetRequiredService<CentralDb>(), agent.BoxId, agent.SiteId, cancel),
            await dismissals.OfAsync(agent.BoxId, cancel),
            await dismissals.TakenBackAsync(agent.BoxId, cancel)
        );
    }

    private sealed record Lists(IReadOnlyList<FindingId> Held, IReadOnlyList<FindingId> Dismissed, IReadOnlyList<FindingId> TakenBack)
    {
        // An empty list of revoked dismissals is never sent, so its digest is empty.
        public TakenLists Digests { get; } =
            new(TakenLists.DigestOf(Held), TakenLists.DigestOf(Dismissed), TakenBack.Count == 0 ? "" : TakenLists.DigestOf(TakenBack));
    }

    /// <summary>Wanted, written and acknowledged lists of one connection. Thread-safe.</summary>
    private sealed class Agent(string boxId, string siteId)
    {
        private readonly Lock gate = new();
        private TakenLists wanted = TakenLists.None;
        private TakenLists? written;
        private TakenLists? taken;
        private DateTimeOffset? due;
        private TimeSpan pause = FirstPause;
        private volatile bool isStale;

        public string BoxId { get; } = boxId;

        public string SiteId { get; } = siteId;

        /// <summary>Whether its lists may have changed since they were read.</summary>
        public bool IsStale
        {
            get => isStale;
            set => isStale = value;
        }

        public void SetWanted(TakenLists lists, DateTimeOffset now)
        {
            lock (gate)
            {
                if (lists == wanted)
                    return;
                (wanted, pause) = (lists, FirstPause);
                Schedule(now);
            }
        }

        public void SetWritten(TakenLists lists, DateTimeOffset now)
        {
            lock (gate)
            {
                written = lists;
                Schedule(now);
            }
        }

        public void SetAcknowledged(TakenLists lists, DateTimeOffset now)
        {
            lock (gate)
            {
                taken = lists;
                Schedule(now);
            }
        }

        public bool IsDue(DateTimeOffset now)
        {
            lock (gate)
                return due <= now;
        }

        /// <summary>
        /// Records a delivery attempt and schedules the next one after twice the pause, for the case that it is not acknowledged.
        /// </summary>
        public void RecordAttempt(DateTimeOffset now)
        {
            lock (gate)
            {
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                due = now + pause;
            }
        }

        private void Schedule(DateTimeOffset now)
        {
            var has = taken is null
                ? written == wanted
                : taken.Held == wanted.Held
                    && taken.Dismissed == wanted.Dismissed
                    && (wanted.TakenBack.Length == 0 || taken.TakenBack == wanted.TakenBack);
            if (has)
                (due, pause) = (null, FirstPause);
            else
                due ??= now + pause;
        }
    }

    [LoggerMessage(LogLevel.Information, "Edge agent {Box} has not acknowledged the lists of holds and dismissals; they are sent again")]
    private partial void SentAgain(string box);

    [LoggerMessage(LogLevel.Warning, "The lists of edge agents cannot be compared with the database; the next check retries: {Reason}")]
    private partial void NotCompared(string reason);
}
