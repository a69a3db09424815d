using System.Collections.Concurrent;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>
/// The shipped agent acknowledges the lists that it has taken. The server is a stand-in that sends them and notes what it hears.
/// </summary>
public sealed class ListReceiptsTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_says_that_it_acknowledges_and_then_which_lists_it_has_taken()
    {
        var now = TimeProvider.System.GetUtcNow();
        var lists = new Lists([OfflineDays.Finding(now).Id], [OfflineDays.Finding(now).Id]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(lists).AddRouting().AddSignalR();
        await using var server = builder.Build();
        server.MapGet("/health/live", () => Results.Ok());
        server.MapPost(BoxRoutes.Enrol, () => new EnrolmentAnswer("box", "canteen"));
        server.MapHub<ServerHub>(BoxRoutes.Hub);
        await server.StartAsync(Cancel);
        var days = new OfflineDays(temporary.Folder());
        Directory.CreateDirectory(days.Box);
        await using (days.StartBox(new(server.Urls.First()), "code"))
        {
            var whole = new TakenLists(TakenLists.DigestOf(lists.Held), TakenLists.DigestOf([]), TakenLists.DigestOf(lists.TakenBack));
            await OfflineDays.UntilAsync(() => lists.Taken.LastOrDefault() == whole, "the lists are acknowledged", Patience, Cancel);
        }
    }

    internal sealed record Lists(IReadOnlyList<FindingId> Held, IReadOnlyList<FindingId> TakenBack)
    {
        public ConcurrentQueue<TakenLists> Taken { get; } = new();
    }

    internal sealed class ServerHub(Lists lists) : Hub<IBoxClient>, IBoxHub
    {
        public override async Task OnConnectedAsync()
        {
            await Clients.Caller.Dismissed([]);
            await Clients.Caller.DismissalsTakenBack(lists.TakenBack);
            await Clients.Caller.Hold(lists.Held);
        }

        public Task ReportFinding(FindingReport finding) => Task.CompletedTask;

        public Task ReportCameras(IReadOnlyList<CameraHealth> cameras) => Task.CompletedTask;

        public Task ReportSetup(SetupReport report) => Task.CompletedTask;

        public Task<ChainHead> KeptChain() => Task.FromResult(new ChainHead(0, ""));

        public Task<ChainHead> ReportChain(IReadOnlyList<string> entries) => Task.FromResult(new ChainHead(0, ""));

        public Task ReportTaken(TakenLists taken)
        {
            lists.Taken.Enqueue(taken);
            return Task.CompletedTask;
        }
    }
}
