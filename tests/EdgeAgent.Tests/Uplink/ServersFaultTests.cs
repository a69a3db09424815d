using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Uplink;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>A server that fails at a report refuses nothing: when its database is back, no report waits for an hour.</summary>
public sealed class ServersFaultTests(Temporary temporary)
{
    private const int HoursAway = 3;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_server_failed_at_for_hours_is_there_seconds_after_it_is_well_and_what_it_refuses_waits()
    {
        var server = new Mood();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(server).AddRouting().AddSignalR();
        await using var app = builder.Build();
        app.MapHub<ServerHub>(BoxRoutes.Hub);
        await app.StartAsync(Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var clock = new AgentClock(time);
        var data = Path.Combine(temporary.Folder(), "box");
        await using var services = new ServiceCollection().AddMetrics().AddHttpClient().AddDataProtection().Services.BuildServiceProvider();
        using var identity = new AgentIdentity(new AgentFolders(data), clock);
        using var store = new EvidenceStore(Path.Combine(data, "evidence.db"), clock);
        var options = new UplinkOptions();
        var delivery = new OutboxDelivery(
            options,
            store,
            new EvidenceUpload(options, identity, store, services.GetRequiredService<IHttpClientFactory>(), clock),
            new SiteStore(
                new AgentSettings().Site,
                new AgentFolders(data),
                services.GetRequiredService<IDataProtectionProvider>(),
                NullLogger<SiteStore>.Instance
            ),
            new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), clock),
            clock,
            NullLogger<OutboxDelivery>.Instance
        );
        var (failed, refused) = (OfflineDays.Finding(time.GetUtcNow()), OfflineDays.Finding(time.GetUtcNow()));
        server.Refused = refused.Id;
        store.Add(failed, [0xff, 0xd8, 0xff, 1], []);
        store.Add(refused, [0xff, 0xd8, 0xff, 1], []);
        await using var hub = new HubConnectionBuilder().WithUrl(new Uri(new Uri(app.Urls.First()), BoxRoutes.Hub)).Build();
        await hub.StartAsync(Cancel);

        for (var until = time.GetUtcNow().AddHours(HoursAway); time.GetUtcNow() < until; time.Advance(TimeSpan.FromMinutes(10)))
            await delivery.ReportsAsync(hub, Cancel);
        server.Took.ShouldBeEmpty();
        server.IsWell = true;
        await delivery.ReportsAsync(hub, Cancel);
        time.Advance(Soon);
        await delivery.ReportsAsync(hub, Cancel);

        server.Took.ShouldBe([failed.Id]);
        store.Outbox(EvidenceStore.Reports, 10).ShouldBeEmpty("what was refused again and again is offered an hour later");
        time.Advance(TimeSpan.FromHours(1));
        store.Outbox(EvidenceStore.Reports, 10).ShouldHaveSingleItem().Finding.ShouldBe(refused.Id.ToString());
    }

    internal sealed class Mood
    {
        public bool IsWell { get; set; }

        public FindingId Refused { get; set; }

        public List<FindingId> Took { get; } = [];
    }

    private sealed class ServerHub(Mood mood) : Hub
    {
        public void ReportFinding(FindingReport finding)
        {
            if (finding.Id == mood.Refused)
                throw new HubException("The finding cannot be accepted.");
            if (!mood.IsWell)
                throw new InvalidOperationException("The database is away.");
            mood.Took.Add(finding.Id);
        }
    }
}
