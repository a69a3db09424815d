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
/// Brings what is held and what was dismissed to the edge agents that are connected to this server, and again until they acknowledge it:
/// what is committed is compared with what an agent has taken. The audit log shows which sites a decision changed, whichever server took
/// it, so that nothing depends on a message between servers. An agent of an earlier release acknowledges nothing: what was written to its
/// connection counts.
/// </summary>
internal sealed partial class ListDelivery(
    IServiceScopeFactory scopes,
    IHubContext<BoxHub, IBoxClient> hub,
    Notifier notifier,
    TimeProvider time,
    ILogger<ListDelivery> logger
) : BackgroundService, IListDelivery
{
    // The first time for what the commit's own message needs to be acknowledged.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly string[] Changing = [AuditActions.Hold, AuditActions.Release, AuditActions.Step];
    private readonly ConcurrentDictionary<string, Agent> agents = new();
    private long? seen;

    public async Task BeginAsync(string connection, string boxId, string siteId, IBoxClient client, CancellationToken aborted)
    {
        // Before the lists are read: what is committed in between is seen in the audit log.
        var agent = agents[connection] = new(boxId, siteId);
        aborted.Register(() => agents.TryRemove(connection, out _));
        await using var scope = scopes.CreateAsyncScope();
        var lists = await ReadAsync(scope.ServiceProvider, agent, aborted);
        await Dismissals.TellAsync(client, lists.Dismissed, lists.TakenBack);
        await client.Hold(lists.Held);
        agent.Want(lists.Digests, time.GetUtcNow());
        agent.Wrote(lists.Digests, time.GetUtcNow());
    }

    public void Took(string connection, TakenLists taken)
    {
        if (agents.TryGetValue(connection, out var agent))
            agent.Took(taken, time.GetUtcNow());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await MarkAsync(stoppingToken);
                await DeliverAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The next tick begins where this one did: a database that is away for a while must not end the server.
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
        // At the first look it is not known what was decided after an agent read its lists.
        foreach (var agent in agents.Values.Where(a => changed?.Contains(a.SiteId) != false))
            agent.IsStale = true;
        seen = newest;
        foreach (var agent in agents.Values.Where(a => a.IsStale))
        {
            agent.IsStale = false;
            try
            {
                agent.Want((await ReadAsync(scope.ServiceProvider, agent, cancel)).Digests, time.GetUtcNow());
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
        // All at once: an agent that cannot be reached costs the others nothing.
        var sending = new List<Task>();
        foreach (var (connection, agent) in due)
        {
            var lists = await ReadAsync(scope.ServiceProvider, agent, cancel);
            agent.Want(lists.Digests, time.GetUtcNow());
            if (!agent.IsDue(time.GetUtcNow()))
                continue;
            agent.Tries(time.GetUtcNow());
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
                await Dismissals.TellAsync(client, lists.Dismissed, lists.TakenBack);
                await client.Hold(lists.Held);
            }))
            agent.Wrote(lists.Digests, time.GetUtcNow());
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
        // An empty list of what was taken back is not sent.
        public TakenLists Digests { get; } =
            new(TakenLists.DigestOf(Held), TakenLists.DigestOf(Dismissed), TakenBack.Count == 0 ? "" : TakenLists.DigestOf(TakenBack));
    }

    /// <summary>What one connected agent has and must have. Thread-safe.</summary>
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

        public void Want(TakenLists lists, DateTimeOffset now)
        {
            lock (gate)
            {
                if (lists == wanted)
                    return;
                (wanted, pause) = (lists, FirstPause);
                Plan(now);
            }
        }

        public void Wrote(TakenLists lists, DateTimeOffset now)
        {
            lock (gate)
            {
                written = lists;
                Plan(now);
            }
        }

        public void Took(TakenLists lists, DateTimeOffset now)
        {
            lock (gate)
            {
                taken = lists;
                Plan(now);
            }
        }

        public bool IsDue(DateTimeOffset now)
        {
            lock (gate)
                return due <= now;
        }

        /// <summary>It is sent now, and after a longer pause again where it is not acknowledged.</summary>
        public void Tries(DateTimeOffset now)
        {
            lock (gate)
            {
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                due = now + pause;
            }
        }

        private void Plan(DateTimeOffset now)
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

    [LoggerMessage(LogLevel.Information, "Edge agent {Box} has not acknowledged what is held and dismissed; the lists are sent again")]
    private partial void SentAgain(string box);

    [LoggerMessage(LogLevel.Warning, "What edge agents have of holds and dismissals cannot be compared with the database: {Reason}")]
    private partial void NotCompared(string reason);
}
