using System.Net;
using System.Net.Http.Headers;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Store;

namespace BrightKitchen.KioskUI.Link;

/// <summary>The server, from the section <c>Server</c>; without one the kiosk shows what the box gives and nothing is entered.</summary>
public sealed class ServerOptions
{
    public Uri? Address { get; set; }

    /// <summary>Where visitors' phones reach the server; the address above where empty.</summary>
    public Uri? PublicAddress { get; set; }

    /// <summary>A one-time code from the server's page of boxes; of no use once the kiosk is enrolled.</summary>
    public string? EnrolmentCode { get; set; }

    /// <summary>What the server's page calls it.</summary>
    public string Name { get; set; } = "lobby";
}

/// <summary>How the line to the server stands.</summary>
internal sealed class LinkState
{
    public bool Online { get; set; }
}

/// <summary>Enrols once, then tells the server what was entered, in order and each until it has it, and asks what there is to show.</summary>
internal sealed partial class ServerLink(ServerOptions options, KioskIdentity identity, KioskStore store, LinkState state, KioskClock clock, IHttpClientFactory clients, TimeProvider time, ILogger<ServerLink> logger) : BackgroundService
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), AskEvery = TimeSpan.FromSeconds(10), LongestPause = TimeSpan.FromSeconds(15), Kept = TimeSpan.FromDays(7), Patience = TimeSpan.FromSeconds(20);
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

    // Null when it went well.
    private async Task<string?> OnceAsync(CancellationToken stop)
    {
        try
        {
            if (identity.Enrolment is null && await EnrolAsync(stop) is { } refused)
                return refused;
            using var client = Client();
            string? troubled = null;
            foreach (var entry in store.Waiting(AtOnce))
                troubled = await DeliverAsync(client, entry, stop) ?? troubled;
            if (asked != 0 && time.GetElapsedTime(asked) < AskEvery)
                return troubled;
            using var answer = Checked(await client.GetAsync(new Uri(KioskRoutes.Site, UriKind.Relative), stop));
            answer.EnsureSuccessStatusCode();
            store.Told(await answer.Content.ReadFromJsonAsync<KioskSite>(stop) ?? throw new HttpRequestException("the server's answer is empty"));
            asked = time.GetTimestamp();
            store.Prune(clock.Now - Kept);
            return troubled;
        }
        catch (RevokedException)
        {
            store.Forget();
            return "the server revoked this kiosk: delete enrolment.json from its data and enrol it anew with a code from the server's page of boxes; what was entered waits";
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized)
        {
            return "the server does not take this kiosk's token; its clock is asked for and it is tried again";
        }
        catch (Exception e) when (!stop.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException or System.Text.Json.JsonException)
        {
            return e.Message;
        }
    }

    private async Task<string?> EnrolAsync(CancellationToken stop)
    {
        if (string.IsNullOrWhiteSpace(options.EnrolmentCode))
            return "this kiosk is not enrolled: set Server:EnrolmentCode to a kiosk's code from the server's page of boxes";
        using var client = clients.CreateClient();
        (client.BaseAddress, client.Timeout) = (options.Address, Patience);
        using var answer = await client.PostAsJsonAsync(KioskRoutes.Enrol, new EnrolmentRequest(options.EnrolmentCode.Trim(), identity.PublicKey, options.Name), stop);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            return "the server refuses the enrolment code: it is wrong, used, too old or a box's; make a new one for a kiosk";
        answer.EnsureSuccessStatusCode();
        identity.Enrolled(await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(stop) ?? throw new HttpRequestException("the server's answer to the enrolment is empty"));
        return null;
    }

    // The picture first: an entry that the server has is whole. One that it stumbles over keeps no other back.
    private async Task<string?> DeliverAsync(HttpClient client, KioskEntry entry, CancellationToken stop)
    {
        if (entry.Picture is { } digest && store.Picture(digest) is { } picture)
        {
            using var content = new ByteArrayContent(picture);
            using var put = Checked(await client.PutAsync(new Uri(KioskRoutes.Picture(digest), UriKind.Relative), content, stop));
            if (put.StatusCode == HttpStatusCode.UnprocessableEntity)
                return Settle(entry, "picture");
            if ((int)put.StatusCode >= 500)
                return $"the server answers {(int)put.StatusCode} to a picture";
            put.EnsureSuccessStatusCode();
        }

        using var answer = Checked(await client.PostAsJsonAsync(KioskRoutes.Entries, entry, stop));
        if (answer.StatusCode == HttpStatusCode.BadRequest)
            return Settle(entry, "format");
        if ((int)answer.StatusCode >= 500)
            return $"the server answers {(int)answer.StatusCode} to entry {entry.Id}";
        answer.EnsureSuccessStatusCode();
        var outcome = await answer.Content.ReadFromJsonAsync<KioskEntryOutcome>(stop) ?? throw new HttpRequestException("the server's answer to an entry is empty");
        // What it changed is to be shown.
        asked = 0;
        return Settle(entry, outcome.Fault);
    }

    private HttpResponseMessage Checked(HttpResponseMessage answer)
    {
        clock.Compare(answer.Headers.Date);
        if (answer.StatusCode != HttpStatusCode.Unauthorized)
            return answer;
        var revoked = answer.Headers.WwwAuthenticate.ToString().Contains(KioskRoutes.Revoked, StringComparison.Ordinal);
        answer.Dispose();
        throw revoked ? new RevokedException() : new HttpRequestException("the token was refused", null, HttpStatusCode.Unauthorized);
    }

    // Null: settled either way, it is in nobody's way.
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

    /// <summary>A menu's photograph.</summary>
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
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private sealed class RevokedException : Exception;

    [LoggerMessage(LogLevel.Information, "Connected to {Server}")]
    private partial void LinkUp(Uri server);

    [LoggerMessage(LogLevel.Warning, "Not connected to {Server}: {Reason}")]
    private partial void LinkDown(Uri server, string reason);

    [LoggerMessage(LogLevel.Error, "The server refuses entry {Entry} ({Kind}): {Fault}; it is kept here")]
    private partial void EntryRefused(string entry, string kind, string fault);
}
