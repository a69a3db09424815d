using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Holds and dismissals that an edge agent was not reached with come again while it stays connected.</summary>
public sealed class ListDeliveryTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hold_whose_message_was_lost_reaches_an_agent_that_stays_connected()
    {
        using var box = await server.BoxAsync();
        var finding = TestBox.Finding();
        var held = new ConcurrentQueue<IReadOnlyList<FindingId>>();
        await using var hub = await ConnectAsync(box, nameof(IBoxClient.Hold), ids =>
        {
            held.Enqueue(ids);
            return Task.CompletedTask;
        });
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        await HoldElsewhereAsync(finding.Id);
        await Until.Async(() => held.Any(h => h.Contains(finding.Id)));
    }

    [Fact]
    public async Task What_an_agent_could_not_take_comes_again_until_it_acknowledges_and_then_no_more()
    {
        using var box = await server.BoxAsync();
        var (finding, tries, acknowledged) = (TestBox.Finding(), 0, 0);
        await using var hub = Hub(box);
        var taken = TakenLists.None with { Dismissed = TakenLists.DigestOf([]) };
        hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Hold), async ids =>
        {
            // Its disk is full at the first time.
            if (ids.Count > 0 && Interlocked.Increment(ref tries) == 1)
                throw new IOException("no space");
            await hub.SendAsync(nameof(IBoxHub.ReportTaken), taken with { Held = TakenLists.DigestOf(ids) }, Cancel);
            Interlocked.Increment(ref acknowledged);
        });
        await hub.StartAsync(Cancel);
        await hub.SendAsync(nameof(IBoxHub.ReportTaken), TakenLists.None, Cancel);
        await Until.Async(() => Volatile.Read(ref acknowledged) > 0);
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        using var inspector = await server.SignInAsync("inspector");
        var page = $"/findings/{finding.Id}";
        await RunningServer.PostFormAsync(inspector, page, page + "/hold", new() { ["held"] = "true" });
        await Until.Async(() => Volatile.Read(ref tries) == 2);

        // A hold of another finding shows that it was looked at since: nothing but that one was sent.
        var second = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), second, Cancel);
        await HoldElsewhereAsync(second.Id);
        await Until.Async(() => Volatile.Read(ref tries) >= 3);
        tries.ShouldBe(3);
    }

    [Fact]
    public async Task A_dismissal_whose_message_was_lost_reaches_an_agent_that_acknowledges()
    {
        using var box = await server.BoxAsync();
        var finding = TestBox.Finding();
        var dismissed = new ConcurrentQueue<IReadOnlyList<FindingId>>();
        await using var hub = await ConnectAsync(box, nameof(IBoxClient.Dismissed), ids =>
        {
            dismissed.Enqueue(ids);
            return Task.CompletedTask;
        });
        await hub.SendAsync(nameof(IBoxHub.ReportTaken), new TakenLists(TakenLists.DigestOf([]), TakenLists.DigestOf([]), ""), Cancel);
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        await ElsewhereAsync(finding.Id, AuditActions.Step, f => f.Stage = "dismissed");
        await Until.Async(() => dismissed.Any(d => d.Contains(finding.Id)));
    }

    private static HubConnection Hub(TestBox box) =>
        new HubConnectionBuilder()
            .WithUrl(new Uri(box.Server, BoxRoutes.Hub), http => http.AccessTokenProvider = () => Task.FromResult<string?>(box.Token()))
            .Build();

    private static async Task<HubConnection> ConnectAsync(TestBox box, string method, Func<IReadOnlyList<FindingId>, Task> take)
    {
        var hub = Hub(box);
        hub.On(method, take);
        await hub.StartAsync(Cancel);
        return hub;
    }

    private Task<bool> HoldElsewhereAsync(FindingId id) =>
        ElsewhereAsync(id, AuditActions.Hold, f => f.HeldAt = TimeProvider.System.GetUtcNow());

    // As another server commits it, whose message to the agent is lost.
    private Task<bool> ElsewhereAsync(FindingId id, string action, Action<Findings.Finding> change) =>
        server.WithDbAsync(db =>
            new AuditLog(db, TimeProvider.System).RecordAsync(
                async () =>
                {
                    var finding = await db.Findings.SingleAsync(f => f.Id == id.ToString(), Cancel);
                    change(finding);
                    return new AuditNote("", action, finding.SiteId, $"finding/{id}");
                },
                Cancel
            )
        );
}
