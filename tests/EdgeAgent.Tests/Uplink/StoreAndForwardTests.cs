using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Uplink;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>Real boxes and real servers, over lines that break and past processes that die.</summary>
public sealed class StoreAndForwardTests(Temporary temporary)
{
    private const int Findings = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_gathered_offline_is_on_the_server_once_and_whole_although_both_sides_are_killed_meanwhile()
    {
        var days = new OfflineDays(temporary.Folder());
        days.Gather(Findings, 20_000, 200_000);
        var port = LoopbackPort.Free();
        var server = await days.ServerAsync(port, Cancel);
        var box = days.StartBox(server.Address, await server.EnrolmentCodeAsync(Cancel), kilobytesPerSecond: 400);
        await UntilAsync(() => days.Arrived().Count > Findings / 5, "a fifth of the clips is there");
        await server.Child.KillAsync();
        await server.DisposeAsync();
        server = await days.ServerAsync(port, Cancel);
        await UntilAsync(() => days.Arrived().Count > Findings / 2, "half of the clips is there");
        await box.KillAsync();
        await box.DisposeAsync();
        box = days.StartBoxAgain();
        try
        {
            await UntilAsync(() => days.Arrived().Count == Findings, "all clips are there");
            await days.UntilAcknowledgedAsync(Patience, Cancel);
        }
        finally
        {
            await box.DisposeAsync();
            await server.DisposeAsync();
        }

        await days.ShouldBeTheSameOnBothSidesAsync(Cancel);
    }

    [Theory]
    [InlineData(LineState.Refused)]
    [InlineData(LineState.Failing)]
    [InlineData(LineState.Garbage)]
    [InlineData(LineState.Hanging)]
    [InlineData(LineState.Negotiating)]
    [InlineData(LineState.Slow)]
    public async Task A_line_or_a_server_that_is_worth_nothing_costs_time_and_nothing_else(LineState state)
    {
        var days = new OfflineDays(temporary.Folder());
        days.Gather(4, 30_000, 50_000);
        await using var server = await days.ServerAsync(LoopbackPort.Free(), Cancel);
        using var line = new BadLine(server.Address.Port);
        await using (days.StartBox(new($"http://127.0.0.1:{line.Port}"), await server.EnrolmentCodeAsync(Cancel)))
        {
            // Before anything else, and again in the middle.
            line.Become(state);
            var tries = state == LineState.Hanging ? 1 : 3;
            await UntilAsync(() => line.Met >= tries, "the box tries");
            if (state != LineState.Slow)
                line.Become(LineState.Good);
            await UntilAsync(() => days.Arrived().Count > 0, "a clip is there");
            line.Become(state);
            await UntilAsync(() => line.Met >= tries || days.Arrived().Count == 4, "the box tries again");
            if (state != LineState.Slow)
                line.Become(LineState.Good);
            await UntilAsync(() => days.Arrived().Count == 4, "all clips are there");
            await days.UntilAcknowledgedAsync(Patience, Cancel);
        }

        await days.ShouldBeTheSameOnBothSidesAsync(Cancel);
    }

    [Fact]
    public async Task A_line_that_flaps_brings_everything_once()
    {
        var days = new OfflineDays(temporary.Folder());
        days.Gather(20, 200_000, 400_000);
        await using var server = await days.ServerAsync(LoopbackPort.Free(), Cancel);
        using var line = new BadLine(server.Address.Port);
        await using (days.StartBox(new($"http://127.0.0.1:{line.Port}"), await server.EnrolmentCodeAsync(Cancel), kilobytesPerSecond: 700))
        {
            for (var since = TimeProvider.System.GetTimestamp(); days.Arrived().Count < 20; )
            {
                TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, "all clips are there");
                await Task.Delay(TimeSpan.FromSeconds(2.5), Cancel);
                line.Become(LineState.Refused);
                await Task.Delay(TimeSpan.FromSeconds(0.5), Cancel);
                line.Become(LineState.Good);
            }

            await days.UntilAcknowledgedAsync(Patience, Cancel);
        }

        await days.ShouldBeTheSameOnBothSidesAsync(Cancel);
    }

    [Fact]
    public async Task A_new_finding_is_told_at_once_while_days_of_clips_crawl()
    {
        var days = new OfflineDays(temporary.Folder());
        days.Gather(3, 150_000, 200_000);
        await using var server = await days.ServerAsync(LoopbackPort.Free(), Cancel);
        using var line = new BadLine(server.Address.Port);
        var far = new Uri($"http://127.0.0.1:{line.Port}");
        await using var services = new ServiceCollection().AddMetrics().AddHttpClient().AddDataProtection().Services.BuildServiceProvider();
        using var store = OfflineDays.Open(days.Box, out var identity);
        using var owned = identity;
        using (var client = services.GetRequiredService<IHttpClientFactory>().CreateClient())
        {
            client.BaseAddress = server.Address;
            (await EnrolmentCall.AskAsync(client, identity, await server.EnrolmentCodeAsync(Cancel), "box", Cancel)).ShouldBeTrue();
        }

        var clock = new AgentClock(TimeProvider.System);
        var options = new UplinkOptions { Server = far };
        var delivery = new OutboxDelivery(
            options,
            store,
            new EvidenceUpload(options, identity, store, services.GetRequiredService<IHttpClientFactory>(), clock),
            new SiteStore(
                new AgentSettings().Site,
                new AgentFolders(days.Box),
                services.GetRequiredService<IDataProtectionProvider>(),
                NullLogger<SiteStore>.Instance
            ),
            new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), clock),
            clock,
            NullLogger<OutboxDelivery>.Instance
        );
        line.Become(LineState.Slow);
        await using var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(far, BoxRoutes.Hub), http => http.AccessTokenProvider = () => Task.FromResult<string?>(identity.Token()))
            .Build();
        await hub.StartAsync(Cancel);
        while (await delivery.ReportsAsync(hub, Cancel))
        {
            // What gathered is reported first.
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var evidence = delivery.EvidenceAsync(end.Token);
        await UntilAsync(
            () => Directory.GetFiles(Path.GetDirectoryName(days.Box)!, "*.mp4.part", SearchOption.AllDirectories).Length > 0,
            "a clip is on its way"
        );
        var fresh = OfflineDays.Finding(TimeProvider.System.GetUtcNow());
        store.Add(fresh, [0xff, 0xd8, 0xff, 1], []);
        var began = TimeProvider.System.GetTimestamp();
        (await delivery.ReportsAsync(hub, Cancel)).ShouldBeTrue();
        var took = TimeProvider.System.GetElapsedTime(began);
        store.Outbox(EdgeAgent.Evidence.EvidenceStore.Reports, 10).ShouldBeEmpty("the server has acknowledged it");
        store.Outbox(EdgeAgent.Evidence.EvidenceStore.Clips, 10).Count.ShouldBe(3, "no clip had arrived meanwhile");
        took.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(evidence);
    }

    private static Task UntilAsync(Func<bool> so, string what) => OfflineDays.UntilAsync(so, what, Patience, Cancel);
}
