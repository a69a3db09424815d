using System.Collections.Concurrent;
using System.Net;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Push;

/// <summary>
/// Sends push messages to the browsers of the persons concerned: to a parent whose report was answered, and to a kitchen's managers and
/// principals when an alarm arrives. Messages are empty, so that the push service learns nothing: the service worker fetches the text from
/// this server. Pages show the same information, so that a failed message is not repeated.
/// </summary>
internal sealed partial class PushSender(
    IServiceScopeFactory scopes,
    PushKey key,
    WebhookOptions webhooks,
    IDataProtectionProvider protection,
    TimeProvider time,
    ILogger<PushSender> logger
) : BackgroundService
{
    private const string Cursor = "push";
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2);
    private readonly ConcurrentQueue<string> sites = new();
    private readonly IDataProtector endpoints = PushService.Protector(protection);

    /// <summary>Queues a message to the managers and principals of a site.</summary>
    public void NotifyManagers(string siteId)
    {
        if (key.Public is not null)
            sites.Enqueue(siteId);
    }

    /// <summary>Creates the cursor before the server accepts requests, so that the first events of a new server are included.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (key.Public is not null)
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<EventDispatcher>().BeginAsync(Cursor, cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (key.Public is null)
            return;
        using var client = OutboundHttp.Client(webhooks);
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var dispatcher = scope.ServiceProvider.GetRequiredService<EventDispatcher>();
                // Removed once it is sent: the database may be unavailable.
                for (; sites.TryPeek(out var site); sites.TryDequeue(out _))
                    await SendAllAsync(
                        scope.ServiceProvider.GetRequiredService<CentralDb>(),
                        client,
                        await ManagerSubscriptionsAsync(scope.ServiceProvider.GetRequiredService<CentralDb>(), site, stoppingToken),
                        stoppingToken
                    );
                await dispatcher.RunAsync(
                    Cursor,
                    null,
                    integrationEvent => DeliverAsync(scope.ServiceProvider, client, integrationEvent, stoppingToken),
                    stoppingToken
                );
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(e);
            }
        }
    }

    private async Task<string?> DeliverAsync(
        IServiceProvider services,
        HttpClient client,
        IntegrationEvent integrationEvent,
        CancellationToken cancel
    )
    {
        var db = services.GetRequiredService<CentralDb>();
        var cases = db.Cases;
        var recipients =
            integrationEvent is { Type: $"case.{CaseSteps.Answer}", Case: { } answered }
                ? await db
                    .PushSubscriptions.AsNoTracking()
                    .Where(s => cases.Any(c => c.Id == answered.Id && c.AuthorId == s.PersonId))
                    .ToListAsync(cancel)
            : integrationEvent is { Type: $"finding.{Steps.Notify}", Finding.Tier: 1 }
                ? await ManagerSubscriptionsAsync(db, integrationEvent.SiteId, cancel)
            : [];
        await SendAllAsync(db, client, recipients, cancel);
        return null;
    }

    private async Task SendAllAsync(CentralDb db, HttpClient client, List<PushSubscription> recipients, CancellationToken cancel)
    {
        foreach (var subscription in recipients)
        {
            if (await SendAsync(client, subscription, cancel) is HttpStatusCode.NotFound or HttpStatusCode.Gone)
                await db.PushSubscriptions.Where(s => s.Id == subscription.Id).ExecuteDeleteAsync(cancel);
        }
    }

    /// <summary>
    /// Subscriptions of a kitchen's managers and principals by current role and grant: one query, independent of the number of
    /// subscriptions elsewhere.
    /// </summary>
    internal static async Task<List<PushSubscription>> ManagerSubscriptionsAsync(CentralDb db, string siteId, CancellationToken cancel)
    {
        string[] managers = [.. Access.RolesOf[Access.Keep]];
        var (site, grants) = (db.Sites.Where(s => s.Id == siteId), db.Grants);
        return await db
            .PushSubscriptions.AsNoTracking()
            .Where(s =>
                grants.Any(g =>
                    g.PersonId == s.PersonId
                    && site.Any(x => g.SiteId == x.Id || (g.RegionPath != null && x.RegionPath.StartsWith(g.RegionPath)))
                ) && db.UserRoles.Any(r => r.UserId == s.PersonId && db.Roles.Any(x => x.Id == r.RoleId && managers.Contains(x.Name!)))
            )
            .ToListAsync(cancel);
    }

    private async Task<HttpStatusCode?> SendAsync(HttpClient client, PushSubscription subscription, CancellationToken cancel)
    {
        try
        {
            var endpoint = new Uri(endpoints.Unprotect(subscription.Endpoint));
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent([]) };
            request.Headers.TryAddWithoutValidation("Authorization", key.Authorization(endpoint));
            request.Headers.Add("TTL", "86400");
            using var answer = await client.SendAsync(request, cancel);
            if (!answer.IsSuccessStatusCode)
                Refused(endpoint.Host, (int)answer.StatusCode);
            return answer.StatusCode;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // Any exception: one subscriber's push service must not hold up the others'.
            NotSent(e.Message);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "Push notifications could not be sent; sending continues with the next ones")]
    private partial void Failed(Exception e);

    [LoggerMessage(LogLevel.Warning, "The push service {Host} answered with status {Status}")]
    private partial void Refused(string host, int status);

    [LoggerMessage(LogLevel.Warning, "A push notification was not sent: {Reason}")]
    private partial void NotSent(string reason);
}
