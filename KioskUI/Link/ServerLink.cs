using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Store;

namespace BrightKitchen.KioskUI.Link;

/// <summary>
/// The server, from the section <c>Server</c>; without one the kiosk shows only what the edge agent provides and accepts no entries.
/// </summary>
public sealed class ServerOptions
{
    public Uri? Address { get; set; }

    /// <summary>The server's address for visitors' phones; <see cref="Address"/> when empty.</summary>
    public Uri? PublicAddress { get; set; }

    /// <summary>The one-time code from the server's devices page; not used once the kiosk is enrolled.</summary>
    public string? EnrolmentCode { get; set; }

    /// <summary>The name that the server's page shows for this kiosk.</summary>
    public string Name { get; set; } = "lobby";
}

/// <summary>An entry that could not be sent so far.</summary>
/// <param name="Pause">Time until the next attempt.</param>
/// <param name="Since">Last failure, a timestamp of <see cref="TimeProvider"/>: the wall clock may be set meanwhile.</param>
internal sealed record FailingEntry(string Reason, TimeSpan Pause, long Since);

/// <summary>State of the connection to the server.</summary>
internal sealed class LinkState
{
    public bool Online { get; set; }

    /// <summary>Failing entries by id; other entries continue.</summary>
    public ConcurrentDictionary<string, FailingEntry> Failing { get; } = new();
}

/// <summary>
/// Enrols once, then sends pending entries in order until the server has each, and polls for the data to display. A failing entry does not
/// block the others: it is retried after an exponential pause, once every entry that has not failed is sent.
/// </summary>
internal sealed partial class ServerLink(
    ServerOptions options,
    KioskIdentity identity,
    KioskStore store,
    LinkState state,
    KioskClock clock,
    IHttpClientFactory clients,
    TimeProvider time,
    ILogger<ServerLink> logger
) : BackgroundService
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstEntryPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestEntryPause = TimeSpan.FromMinutes(5);
    private long asked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Address is null)
            return;
        var (pause, said) = (Tick, "");
        while (true)
        {
            await Task.Delay(pause, time, stoppingToken);
            var fault = await OnceAsync(stoppingToken);
            state.Online = fault is null;
            if (said != (fault ?? ""))
            {
                if (fault is null)
                    LinkUp(options.Address);
                else
                    LinkDown(options.Address, fault);
            }

            said = fault ?? "";
            pause = fault is null ? Tick : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    // Null when the server responds, even if it refuses entries.
    private async Task<string?> OnceAsync(CancellationToken stop)
    {
        try
        {
            if (identity.Enrolment is null && await EnrolAsync(stop) is { } refused)
                return refused;
            using var client = Client();
            foreach (var entry in Next())
                await DeliverAsync(client, entry, stop);
            if (asked != 0 && time.GetElapsedTime(asked) < AskEvery)
                return null;
            using var answer = Checked(await client.GetAsync(new Uri(KioskRoutes.Site, UriKind.Relative), stop));
            answer.EnsureSuccessStatusCode();
            store.Told(
                await answer.Content.ReadFromJsonAsync<KioskSite>(stop) ?? throw new HttpRequestException("the server's response is empty")
            );
            asked = time.GetTimestamp();
            store.Prune(clock.Now - Kept);
            return null;
        }
        catch (RevokedException)
        {
            Forget();
            return "the server revoked this kiosk: delete enrolment.json from its data folder and enrol it again with a code from the "
                + "server's Edge devices page; entries remain stored here until then";
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized)
        {
            return "the server rejects this kiosk's token; the connection is retried with the server's time";
        }
        catch (Exception e) when (!stop.IsCancellationRequested && IsOfTheLine(e))
        {
            return e.Message;
        }
    }

    // Any proxy in front of the server may respond in its place: no response may end the kiosk. An unknown charset throws an
    // InvalidOperationException.
    private static bool IsOfTheLine(Exception e) =>
        e
            is HttpRequestException
                or IOException
                or SocketException
                or OperationCanceledException
                or JsonException
                or FormatException
                or InvalidOperationException
                or NotSupportedException;

    private void Forget()
    {
        try
        {
            store.Forget();
        }
        catch (IOException e)
        {
            // Retried with the next response.
            NotForgotten(e.Message);
        }
    }

    // Entries that have not failed come first, so that failing ones never delay them, however many there are.
    private List<KioskEntry> Next()
    {
        var next = store.Waiting(AtOnce, state.Failing.Keys.ToHashSet()).ToList();
        if (next.Count == AtOnce || state.Failing.IsEmpty)
            return next;
        var later = state
            .Failing.Where(f => time.GetElapsedTime(f.Value.Since) < f.Value.Pause)
            .Select(f => f.Key)
            .Concat(next.Select(n => n.Id))
            .ToHashSet();
        return [.. next, .. store.Waiting(AtOnce - next.Count, later)];
    }

    private async Task<string?> EnrolAsync(CancellationToken stop)
    {
        if (string.IsNullOrWhiteSpace(options.EnrolmentCode))
            return "this kiosk is not enrolled: set Server:EnrolmentCode to a kiosk code from the server's Edge devices page";
        using var client = clients.CreateClient();
        (client.BaseAddress, client.Timeout) = (options.Address, Patience);
        using var answer = await client.PostAsJsonAsync(
            KioskRoutes.Enrol,
            new EnrolmentRequest(options.EnrolmentCode.Trim(), identity.PublicKey, options.Name),
            stop
        );
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            return "the server rejects the enrolment code: it is wrong, used, expired or for an edge device; create a new one for a kiosk";
        answer.EnsureSuccessStatusCode();
        identity.Enrolled(
            await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(stop)
                ?? throw new HttpRequestException("the server's response to the enrolment is empty")
        );
        return null;
    }

    private async Task DeliverAsync(HttpClient client, KioskEntry entry, CancellationToken stop)
    {
        try
        {
            if (await SendEntryAsync(client, entry, stop) is { } trouble)
                Failed(entry, trouble);
            else
                state.Failing.TryRemove(entry.Id, out _);
        }
        catch (HttpRequestException e) when (e.StatusCode is null && !IsUnreachable(e))
        {
            // Refused during the transfer, by the server or a proxy: the cause may be this entry's content.
            Failed(entry, e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NotSupportedException)
        {
            Failed(entry, e.Message);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            // Either the server or this entry is slow: the next round starts with another entry.
            Failed(entry, e.Message);
            throw;
        }
    }

    // No part of an entry was sent: all entries wait alike.
    private static bool IsUnreachable(HttpRequestException e) =>
        e.HttpRequestError
            is HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError;

    private void Failed(KioskEntry entry, string reason)
    {
        var before = state.Failing.GetValueOrDefault(entry.Id);
        var pause = before is null ? FirstEntryPause : TimeSpan.FromTicks(Math.Min(before.Pause.Ticks * 2, LongestEntryPause.Ticks));
        state.Failing[entry.Id] = new(reason, pause, time.GetTimestamp());
        if (before?.Reason != reason)
            EntryFails(entry.Id, entry.Kind, reason);
    }

    // Null when the entry is settled.
    private async Task<string?> SendEntryAsync(HttpClient client, KioskEntry entry, CancellationToken stop)
    {
        for (var again = false; ; again = true)
        {
            // The picture is sent first: an entry that the server has is complete.
            var picture = store.PictureOf(entry);
            if (picture is not null)
            {
                using var content = new ByteArrayContent(picture);
                var address = new Uri(KioskRoutes.Picture(entry.Picture!), UriKind.Relative);
                using var put = Checked(await client.PutAsync(address, content, stop));
                if (put.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge)
                    return Settle(entry, "picture");
                if (!put.IsSuccessStatusCode)
                    return $"the server answers {(int)put.StatusCode} to a picture";
            }

            using var answer = Checked(await client.PostAsJsonAsync(KioskRoutes.Entries, entry, stop));
            if (answer.StatusCode == HttpStatusCode.Conflict && await IsPictureMissingAsync(answer, stop))
            {
                // When the kiosk has lost the picture too, only staff can take it again.
                if (picture is null)
                    return Settle(entry, "picture");
                if (!again)
                    continue;
            }

            if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge)
                return Settle(entry, "format");
            if (!answer.IsSuccessStatusCode)
                return $"the server answers {(int)answer.StatusCode} to entry {entry.Id}";
            var outcome = await answer.Content.ReadFromJsonAsync<KioskEntryOutcome>(stop)
                ?? throw new HttpRequestException("the server's response to an entry is empty");
            // Poll at once: the display must show the effect of the entry.
            asked = 0;
            return Settle(entry, outcome.Fault);
        }
    }

    private static async Task<bool> IsPictureMissingAsync(HttpResponseMessage answer, CancellationToken stop) =>
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
        && await answer.Content.ReadFromJsonAsync<JsonElement>(stop) is { ValueKind: JsonValueKind.Object } problem
        && problem.TryGetProperty("type", out var type)
        && type.ValueEquals(KioskRoutes.PictureMissing);

    private HttpResponseMessage Checked(HttpResponseMessage answer)
    {
        clock.Compare(answer.Headers.Date);
        if (answer.StatusCode != HttpStatusCode.Unauthorized)
            return answer;
        var revoked = answer.Headers.WwwAuthenticate.ToString().Contains(KioskRoutes.Revoked, StringComparison.Ordinal);
        answer.Dispose();
        throw revoked ? new RevokedException() : new HttpRequestException("the token was refused", null, HttpStatusCode.Unauthorized);
    }

    // Returns null: an entry that is settled, accepted or refused, blocks nothing.
    private string? Settle(KioskEntry entry, string? fault)
    {
        if (fault is not null)
            EntryRefused(entry.Id, entry.Kind, fault);
        store.Settle(entry, fault, clock.Now);
        return null;
    }

    private HttpClient Client()
    {
        var client = clients.CreateClient();
        (client.BaseAddress, client.Timeout) = (options.Address, Patience);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", identity.Token());
        return client;
    }

    /// <summary>A menu's photograph; null when it is unavailable.</summary>
    public async Task<byte[]?> MenuPictureAsync(string digest, CancellationToken stop)
    {
        try
        {
            if (identity.Enrolment is null)
                return null;
            using var client = Client();
            using var answer = await client.GetAsync(new Uri(KioskRoutes.Picture(digest), UriKind.Relative), stop);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(stop) : null;
        }
        catch (Exception e) when (IsOfTheLine(e))
        {
            return null;
        }
    }

    private sealed class RevokedException : Exception;

    [LoggerMessage(LogLevel.Information, "Connected to {Server}")]
    private partial void LinkUp(Uri server);

    [LoggerMessage(LogLevel.Warning, "Not connected to {Server}: {Reason}")]
    private partial void LinkDown(Uri server, string reason);

    [LoggerMessage(LogLevel.Warning, "Entry {Entry} ({Kind}) cannot be sent and is retried later; other entries continue: {Reason}")]
    private partial void EntryFails(string entry, string kind, string reason);

    [LoggerMessage(LogLevel.Error, "The staff data of this revoked kiosk cannot be deleted; deletion is retried: {Reason}")]
    private partial void NotForgotten(string reason);

    [LoggerMessage(LogLevel.Error, "The server rejects entry {Entry} ({Kind}): {Fault}; it remains stored here")]
    private partial void EntryRefused(string entry, string kind, string fault);
}
