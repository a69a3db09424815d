using System.Net;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Training;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Maintains the connection to the server: enrols once, then reports cameras and drains the outbox in order for as long as the connection
/// lasts.
/// </summary>
internal sealed partial class UplinkService(
    UplinkOptions options,
    AgentIdentity identity,
    OutboxDelivery delivery,
    ChainDelivery chain,
    EvidenceStore store,
    LivePush live,
    RecallAnswers recalls,
    DismissedLessons lessons,
    SetupOrders setup,
    CameraStatus board,
    AgentHealth health,
    IHttpClientFactory clients,
    AgentClock time,
    ILogger<UplinkService> logger
) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WrongClock = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Server is null)
        {
            health.Uplink = "no server is configured";
            return;
        }

        var backoff = new Backoff(LongestPause);
        while (true)
        {
            var fault = await RunOnceAsync(backoff, stoppingToken);
            if (health.Uplink != fault)
                Disconnected(options.Server, fault);
            health.Uplink = fault;
            await Task.Delay(backoff.Next(), time, stoppingToken);
        }
    }

    private async Task<string> RunOnceAsync(Backoff backoff, CancellationToken stop)
    {
        try
        {
            await CompareClocksAsync(stop);
            if (identity.Enrolment is null && await EnrolAsync(stop) is { } refused)
                return refused;
            await using var hub = new HubConnectionBuilder()
                .WithUrl(new Uri(options.Server!, BoxRoutes.Hub), http =>
                    http.AccessTokenProvider = () => Task.FromResult<string?>(identity.Token())
                )
                .Build();
            using var closed = CancellationTokenSource.CreateLinkedTokenSource(stop);
            hub.Closed += _ => closed.CancelAsync();
            hub.On<CameraId, bool>(nameof(IBoxClient.Watch), (camera, on) => live.Watch(camera, Rendition.Clear, on));
            hub.On<CameraId, bool>(nameof(IBoxClient.WatchPublic), (camera, on) => live.Watch(camera, Rendition.Public, on));
            hub.On<RecallOrder>(nameof(IBoxClient.Recall), recalls.Take);
            hub.On<SetupOrder>(nameof(IBoxClient.Setup), setup.Take);
            var receipts = new ListReceipts(hub);
            hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Hold), async held =>
            {
                // When the store refuses the list, the exception is logged, no acknowledgement is sent and the server resends the list.
                store.Hold(held);
                await receipts.HeldAsync(held, closed.Token);
            });
            hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Dismissed), async dismissed =>
            {
                if (await lessons.TakeAsync(dismissed, closed.Token))
                    await receipts.DismissedAsync(dismissed, closed.Token);
            });
            hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.DismissalsTakenBack), async takenBack =>
            {
                if (await lessons.TakeBackAsync(takenBack, closed.Token))
                    await receipts.TakenBackAsync(takenBack, closed.Token);
            });
            try
            {
                await hub.StartAsync(stop);
                health.Uplink = "connected";
                Connected(options.Server!);
                // The first lane that fails ends the connection for both.
                await Lanes.RunAsync([end => DrainAsync(hub, receipts, backoff, end), delivery.EvidenceAsync], closed.Token);
            }
            catch (OperationCanceledException) when (closed.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                return "the server closed the connection";
            }
            finally
            {
                await closed.CancelAsync();
                live.WatchNone();
            }

            return "the connection ended";
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return "the server answers 401: this device is not enrolled there or was revoked; enrol it again with a code from the "
                + "server's Edge devices page";
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Any exception: cameras are recorded and findings stored whether or not the server can be reached.
            if (LineFault.Is(e))
                return $"the server cannot be reached: {e.Message}";
            ConnectionFailed(e);
            return $"the connection to the server failed unexpectedly: {e.Message}";
        }
    }

    /// <summary>Null on success; otherwise the reason.</summary>
    private async Task<string?> EnrolAsync(CancellationToken stop)
    {
        if (string.IsNullOrWhiteSpace(options.EnrolmentCode))
            return "this device is not enrolled: set Uplink:EnrolmentCode to a code from the server's Edge devices page";
        using var client = clients.CreateClient();
        client.BaseAddress = options.Server;
        if (!await EnrolmentCall.AskAsync(client, identity, options.EnrolmentCode, options.BoxName, stop))
            return "the server rejects the enrolment code: it is wrong, used or expired; create a new one on its Edge devices page";
        Enrolled(identity.Enrolment!.BoxId, identity.Enrolment.SiteName);
        return null;
    }

    // The Date header has a resolution of one second: adding half a second halves the largest error.
    private async Task CompareClocksAsync(CancellationToken stop)
    {
        using var client = clients.CreateClient();
        client.BaseAddress = options.Server;
        var (asked, began) = (time.GetUtcNow(), time.GetTimestamp());
        using var answer = await client.GetAsync("/health/live", stop);
        if (answer.Headers.Date is { } date)
            time.Compare(date + TimeSpan.FromSeconds(0.5), asked + (time.GetElapsedTime(began) / 2));
        if (time.Ahead is { } ahead && ahead.Duration() > WrongClock)
            ClockWrong(ahead);
    }

    // A live camera without a detail reports the rules that it cannot evaluate.
    private CameraHealth Reported(CameraHealth camera) =>
        camera with
        {
            Since = time.Told(camera.Since),
            Detail =
                camera.State == CameraStates.Live && camera.Detail.Length == 0
                    ? string.Join(' ', health.UnarmedOf(camera.Camera))
                    : camera.Detail,
        };

    private async Task DrainAsync(HubConnection hub, ListReceipts receipts, Backoff backoff, CancellationToken stop)
    {
        await receipts.SendAsync(stop);
        var reported = -1L;
        var reportedAt = time.GetTimestamp();
        var changed = Task.CompletedTask;
        await chain.BeginAsync(hub, stop);
        while (true)
        {
            if (changed.IsCompleted)
            {
                await changed;
                changed = setup.ChangedAsync(stop);
                await hub.InvokeAsync(nameof(IBoxHub.ReportSetup), setup.Report, stop).WaitAsync(Patience, time, stop);
            }

            // Also repeated periodically without a change: otherwise the server cannot distinguish an idle edge agent from a lost one.
            if (reported != board.Version || time.GetElapsedTime(reportedAt) > Beat)
            {
                reported = board.Version;
                reportedAt = time.GetTimestamp();
                await hub.InvokeAsync(nameof(IBoxHub.ReportCameras), board.All.Select(Reported).ToList(), stop)
                    .WaitAsync(Patience, time, stop);
                // The server accepts what it is sent: only now is the connection worth trying again at once.
                backoff.Reset();
            }

            // Chain entries refer to findings, so they are sent after the reports.
            if (!await delivery.ReportsAsync(hub, stop) && !await chain.SendAsync(hub, stop))
                await Task.Delay(Poll, time, stop);
        }
    }

    [LoggerMessage(LogLevel.Information, "Enrolled as edge device {Box} of site {Site}")]
    private partial void Enrolled(string box, string site);

    [LoggerMessage(
        LogLevel.Warning,
        "The device clock is {Ahead} ahead of the server's clock; correct it, otherwise findings are reported at the wrong time"
    )]
    private partial void ClockWrong(TimeSpan ahead);

    [LoggerMessage(LogLevel.Information, "Connected to {Server}")]
    private partial void Connected(Uri server);

    [LoggerMessage(LogLevel.Error, "The connection to the server failed unexpectedly; it is retried")]
    private partial void ConnectionFailed(Exception fault);

    [LoggerMessage(LogLevel.Warning, "Not connected to {Server}: {Reason}")]
    private partial void Disconnected(Uri server, string reason);
}
