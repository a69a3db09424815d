using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>Posts events to the webhooks, with signatures.</summary>
internal sealed partial class WebhookSender(
    IServiceScopeFactory scopes,
    IDataProtectionProvider protection,
    WebhookOptions options,
    TimeProvider time,
    ILogger<WebhookSender> logger
) : BackgroundService
{
    public const string SignatureHeader = "BrightKitchen-Signature";
    public const string EventHeader = "BrightKitchen-Event";
    private const int MaxParallel = 8;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly IDataProtector secrets = Webhooks.Protector(protection);

    /// <summary>
    /// The signature header, <c>t=…,v1=…</c>: Unix time in seconds, and HMAC-SHA256 over time, dot and body with the secret's text as key.
    /// </summary>
    public static string Sign(string secret, DateTimeOffset at, string body)
    {
        var signed = Encoding.UTF8.GetBytes($"{at.ToUnixTimeSeconds()}.{body}");
        var signature = HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), signed);
        return $"t={at.ToUnixTimeSeconds()},v1={Convert.ToHexStringLower(signature)}";
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var client = OutboundHttp.Client(options);
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                List<string> ids;
                await using (var scope = scopes.CreateAsyncScope())
                    ids = await scope
                        .ServiceProvider.GetRequiredService<CentralDb>()
                        .Webhooks.Where(w => w.DisabledAt == null)
                        .Select(w => w.Id)
                        .ToListAsync(stoppingToken);
                await Parallel.ForEachAsync(
                    ids,
                    new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = stoppingToken },
                    async (id, cancel) => await TryAsync(client, id, cancel)
                );
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotSent(e.Message);
            }
        }
    }

    // A failing webhook does not affect the others.
    private async Task TryAsync(HttpClient client, string id, CancellationToken cancel)
    {
        try
        {
            await SendAsync(client, id, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            NotSent(e.Message);
        }
    }

    // A person without a role that may see findings receives no events; the cursor waits until the role is granted again.
    private static Task<bool> IsAllowedAsync(CentralDb db, string person, CancellationToken cancel)
    {
        var roles = Access.RolesOf[Access.Clear];
        return (
            from held in db.UserRoles
            join role in db.Roles on held.RoleId equals role.Id
            where held.UserId == person && roles.Contains(role.Name!)
            select held
        ).AnyAsync(cancel);
    }

    private async Task SendAsync(HttpClient client, string id, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, dispatcher, sites) = (
            scope.ServiceProvider.GetRequiredService<CentralDb>(),
            scope.ServiceProvider.GetRequiredService<EventDispatcher>(),
            scope.ServiceProvider.GetRequiredService<SiteScope>()
        );
        if (
            await db.Webhooks.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, cancel) is not { } webhook
            || !await IsAllowedAsync(db, webhook.PersonId, cancel)
        )
            return;
        await dispatcher.RunAsync(
            webhook.CursorName,
            () => sites.SitesOf(webhook.PersonId).Select(s => s.Id),
            integrationEvent => PostAsync(client, webhook, integrationEvent, cancel),
            cancel
        );
        var (now, giveUpAfter) = (time.GetUtcNow(), options.GiveUpAfter);
        if (
            await db
                .EventCursors.AsNoTracking()
                .AnyAsync(c => c.Name == webhook.CursorName && c.FailingSince != null && c.FailingSince < now - giveUpAfter, cancel)
            && await db
                .Webhooks.Where(w => w.Id == id && w.DisabledAt == null)
                .ExecuteUpdateAsync(w => w.SetProperty(x => x.DisabledAt, now), cancel) == 1
        )
            WebhookDisabled(id);
    }

    private async Task<string?> PostAsync(HttpClient client, Webhook webhook, IntegrationEvent integrationEvent, CancellationToken cancel)
    {
        try
        {
            var body = JsonSerializer.Serialize(integrationEvent, JsonSerializerOptions.Web);
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
            {
                Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json),
            };
            request.Headers.Add(SignatureHeader, Sign(secrets.Unprotect(webhook.Secret), time.GetUtcNow(), body));
            request.Headers.Add(EventHeader, integrationEvent.Id);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            return answer.IsSuccessStatusCode ? null : $"the receiver answered {(int)answer.StatusCode}";
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested
                && e
                    is HttpRequestException
                        or OperationCanceledException
                        or IOException
                        or System.Net.Sockets.SocketException
                        or CryptographicException
            )
        {
            return e is OperationCanceledException
                ? "the receiver did not answer in time"
                : (e.InnerException as HttpRequestException ?? e).Message;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Webhooks cannot be sent; sending is retried: {Reason}")]
    private partial void NotSent(string reason);

    [LoggerMessage(LogLevel.Warning, "Webhook {Webhook} was disabled, because it failed for longer than Webhooks:GiveUpAfter")]
    private partial void WebhookDisabled(string webhook);
}
