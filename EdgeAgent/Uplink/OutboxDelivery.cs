using System.Net;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Empties the outbox in two lanes, reports over the hub and stills and clips over HTTP, so that a backlog of clips on a slow connection
/// does not delay a new finding. Each lane preserves its order; an entry is deleted after the server acknowledges it.
/// </summary>
internal sealed partial class OutboxDelivery(
    UplinkOptions options,
    EvidenceStore store,
    EvidenceUpload upload,
    SiteStore site,
    EdgeMetrics metrics,
    AgentClock clock,
    ILogger<OutboxDelivery> logger
)
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ServersFaultPause = TimeSpan.FromSeconds(10);

    /// <summary>Sends the reports that are due.</summary>
    /// <returns>Whether there were any and the server accepted or refused each; false after a server error.</returns>
    /// <exception cref="Exception">The connection failed.</exception>
    public async Task<bool> ReportsAsync(HubConnection hub, CancellationToken stop)
    {
        var entries = store.Outbox(EvidenceStore.Reports, AtOnce);
        metrics.OutboxDepth(store.OutboxDepth);
        foreach (var entry in entries)
        {
            // After a server error, pause before the next attempt.
            if (
                !await DeliverAsync(entry, () =>
                    hub.InvokeAsync(nameof(IBoxHub.ReportFinding), store.Report(entry.Finding), stop).WaitAsync(Patience, clock, stop)
                )
            )
                return false;
        }

        return entries.Count > 0;
    }

    /// <summary>
    /// Sends stills, and clips during <see cref="UplinkOptions.ClipHours"/>, for as long as the connection lasts. Errors are retried here
    /// and do not delay reports.
    /// </summary>
    public async Task EvidenceAsync(CancellationToken stop)
    {
        var backoff = new Backoff(LongestPause);
        while (true)
        {
            try
            {
                await EvidenceOnceAsync(backoff, stop);
            }
            catch (Exception e) when (!stop.IsCancellationRequested && LineFault.Is(e))
            {
                EvidenceStuck(e.Message);
                await Task.Delay(backoff.Next(), clock, stop);
            }
        }
    }

    private async Task EvidenceOnceAsync(Backoff backoff, CancellationToken stop)
    {
        while (true)
        {
            // The server must know a finding before it accepts its evidence.
            var unknown = store.Unreported();
            var entries = store.Outbox(EvidenceStore.Stills, AtOnce).Where(e => !unknown.Contains(e.Finding)).ToList();
            if (entries.Count == 0 && IsHourOfClips())
                entries = [.. store.Outbox(EvidenceStore.Clips, AtOnce).Where(e => !unknown.Contains(e.Finding)).Take(1)];
            foreach (var entry in entries)
            {
                var part = entry.What == EvidenceStore.Clips ? EvidencePart.Clip : EvidencePart.Still;
                await DeliverAsync(entry, () => upload.SendAsync(FindingId.Parse(entry.Finding, null), part, stop));
                backoff.Reset();
            }

            if (entries.Count == 0)
                await Task.Delay(Poll, clock, stop);
        }
    }

    private bool IsHourOfClips()
    {
        var local = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(clock.ToldNow(), site.Current.Zone).TimeOfDay);
        return options.ClipHours.Count == 0 || options.ClipHours.Exists(h => Hours.TryParse(h, out var hours) && hours.Hold(local));
    }

    // False after a server error.
    private async Task<bool> DeliverAsync(OutboxDocument entry, Func<Task> send)
    {
        try
        {
            await send();
            store.Acknowledge(entry);
            metrics.Delivered(clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(entry.AddedAtMs));
        }
        catch (Exception e) when (IsRefusal(e))
        {
            // An entry that the server refuses must not block those behind it.
            EntryRefused(entry.What, entry.Finding, e.Message);
            store.Defer(entry);
        }
        catch (HubException e) when (IsServersFault(e))
        {
            // The server's database may be unavailable: that passes, and the entry then waits no longer than this pause. Deferring also
            // keeps an entry that always fails from blocking those behind it.
            EntryFailed(entry.What, entry.Finding, e.Message);
            store.Defer(entry, ServersFaultPause);
            return false;
        }

        return true;
    }

    // SignalR's own message for a server exception other than HubException.
    private static bool IsServersFault(Exception e) =>
        e is HubException { InnerException: null, Message: var message }
        && message.StartsWith("An unexpected error occurred", StringComparison.Ordinal)
        && !message.Contains(nameof(HubException), StringComparison.Ordinal);

    private static bool IsRefusal(Exception e) =>
        (e is HubException { InnerException: null } && !IsServersFault(e))
        || e
            is InvalidDataException
                or HttpRequestException
                {
                    StatusCode: HttpStatusCode.BadRequest
                        or HttpStatusCode.NotFound
                        or HttpStatusCode.Conflict
                        or HttpStatusCode.RequestEntityTooLarge
                        or HttpStatusCode.UnprocessableEntity
                };

    [LoggerMessage(LogLevel.Warning, "Stills and clips cannot be sent to the server; sending is retried: {Reason}")]
    private partial void EvidenceStuck(string reason);

    [LoggerMessage(LogLevel.Warning, "The server failed to process the {What} of finding {Finding}; sending is retried soon: {Reason}")]
    private partial void EntryFailed(string what, string finding, string reason);

    [LoggerMessage(LogLevel.Warning, "The server rejects the {What} of finding {Finding}; sending is retried later: {Reason}")]
    private partial void EntryRefused(string what, string finding, string reason);
}
