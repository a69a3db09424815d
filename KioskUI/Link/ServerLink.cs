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

    /// <summary>Whether the server took this kiosk in and did not revoke it.</summary>
    public bool Enrolled { get; set; }
}

/// <summary>Enrols once, then tells the server what was entered, in order and each until it has it, and asks what there is to show.</summary>
internal sealed partial class ServerLink(ServerOptions options, KioskIdentity identity, KioskStore store, LinkState state, IHttpClientFactory clients, TimeProvider time, ILogger<ServerLink> logger) : BackgroundService
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), AskEvery = TimeSpan.FromSeconds(10), LongestPause = TimeSpan.FromSeconds(15), Kept = TimeSpan.FromDays(7), Patience = TimeSpan.FromSeconds(20);
    private long asked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Address is null)
            return;
        state.Enrolled = identity.Enrolment is not null;
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
            foreach (var entry in store.Waiting(AtOnce))
                await DeliverAsync(client, entry, stop);
            if (asked != 0 && time.GetElapsedTime(asked) < AskEvery)
                return null;
            store.Told(await client.GetFromJsonAsync<KioskSite>(KioskRoutes.Site, stop) ?? throw new HttpRequestException("the server's answer is empty"));
            state.Enrolled = true;
            asked = time.GetTimestamp();
            store.Prune(time.GetUtcNow() - Kept);
            return null;
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            if (state.Enrolled)
                store.Forget();
            state.Enrolled = false;
            return "the server does not know this kiosk or revoked it: delete enrolment.json from its data and enrol it anew with a code from the server's page of boxes; what was entered waits";
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

    // The picture first: an entry that the server has is whole.
    private async Task DeliverAsync(HttpClient client, KioskEntry entry, CancellationToken stop)
    {
        if (entry.Picture is { } digest && store.Picture(digest) is { } picture)
        {
            using var content = new ByteArrayContent(picture);
            using var put = await client.PutAsync(KioskRoutes.Picture(digest), content, stop);
            if (put.StatusCode == HttpStatusCode.UnprocessableEntity)
            {
                Settle(entry, "picture");
                return;
            }

            put.EnsureSuccessStatusCode();
        }

        using var answer = await client.PostAsJsonAsync(KioskRoutes.Entries, entry, stop);
        if (answer.StatusCode == HttpStatusCode.BadRequest)
        {
            Settle(entry, "format");
            return;
        }

        answer.EnsureSuccessStatusCode();
        var outcome = await answer.Content.ReadFromJsonAsync<KioskEntryOutcome>(stop) ?? throw new HttpRequestException("the server's answer to an entry is empty");
        Settle(entry, outcome.Fault);
        // What it changed is to be shown.
        asked = 0;
    }

    private void Settle(KioskEntry entry, string? fault)
    {
        if (fault is not null)
            EntryRefused(entry.Id, entry.Kind, fault);
        store.Settle(entry, fault, time.GetUtcNow());
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

    [LoggerMessage(LogLevel.Information, "Connected to {Server}")]
    private partial void LinkUp(Uri server);

    [LoggerMessage(LogLevel.Warning, "Not connected to {Server}: {Reason}")]
    private partial void LinkDown(Uri server, string reason);

    [LoggerMessage(LogLevel.Error, "The server refuses entry {Entry} ({Kind}): {Fault}; it is kept here")]
    private partial void EntryRefused(string entry, string kind, string fault);
}
