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
/// Empties the outbox in two lanes: reports over the hub, stills and clips over HTTP, so that days of clips on a thin line hold no new
/// finding up. Each lane keeps its order; an entry is deleted after the server's acknowledgement.
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
    /// <returns>Whether there were any, and the server is well.</returns>
    /// <exception cref="Exception">The line broke.</exception>
    public async Task<bool> ReportsAsync(HubConnection hub, CancellationToken stop)
    {
        var entries = store.Outbox(EvidenceStore.Reports, AtOnce);
        metrics.OutboxDepth(store.OutboxDepth);
        foreach (var entry in entries)
        {
            // A server that fails is left alone for a moment.
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
    /// Sends stills, and clips at the hours for them, for as long as the line holds. A server that fails at this is tried again and keeps
    /// no report waiting.
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
            // What the server does not know yet is not wanted yet.
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

    // False where the server failed.
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
            // One entry that the server does not take must not hold up those behind it.
            EntryRefused(entry.What, entry.Finding, e.Message);
            store.Defer(entry);
        }
        catch (HubException e) when (IsServersFault(e))
        {
            // Its database may be away: that passes, and then nothing waits longer than this. Nor does one that always fails hold up those
            // behind it.
            EntryFailed(entry.What, entry.Finding, e.Message);
            store.Defer(entry, ServersFaultPause);
            return false;
        }

        return true;
    }

    // The framework's own words for an exception that the server did not mean for its callers.
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

    [LoggerMessage(LogLevel.Warning, "Stills and clips do not reach the server and are tried again: {Reason}")]
    private partial void EvidenceStuck(string reason);

    [LoggerMessage(LogLevel.Warning, "The server fails at the {What} of finding {Finding}, which is tried again soon: {Reason}")]
    private partial void EntryFailed(string what, string finding, string reason);

    [LoggerMessage(LogLevel.Warning, "The {What} of finding {Finding} is refused for now: {Reason}")]
    private partial void EntryRefused(string what, string finding, string reason);
}
