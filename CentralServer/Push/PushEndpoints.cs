using System.Security.Cryptography;
using System.Text;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.CentralServer.Push;

/// <param name="Endpoint">URL of the browser's subscription at its push service.</param>
/// <param name="Wanted">Whether to subscribe; false unsubscribes.</param>
internal sealed record PushSubscriptionRequest(string? Endpoint, bool Wanted);

/// <summary>Content of a notification.</summary>
/// <param name="Tag">Identifies the notification; a later one with the same tag replaces it.</param>
/// <param name="Url">The page that it opens.</param>
internal sealed record PushNotification(string Tag, string Title, string Body, string Url);

/// <summary>Manages a person's push subscriptions and composes the notification that the service worker shows.</summary>
internal sealed class PushService(
    CentralDb db,
    SiteScope scope,
    IDataProtectionProvider protection,
    WebhookOptions webhooks,
    IStringLocalizer<Words> words,
    TimeProvider time
)
{
    private const int MostBrowsers = 10;
    private static readonly TimeSpan NotificationAge = TimeSpan.FromDays(14);

    public static IDataProtector Protector(IDataProtectionProvider protection) => protection.CreateProtector("push endpoints");

    /// <returns>Null on success, otherwise the error message.</returns>
    public async Task<string?> UpdateSubscriptionAsync(PushSubscriptionRequest request, CancellationToken cancel)
    {
        if (OutboundHttp.Fault(request.Endpoint, webhooks) is { } fault)
            return fault;
        var (id, me) = (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Endpoint!))), scope.Me);
        var known = await db.PushSubscriptions.SingleOrDefaultAsync(s => s.Id == id, cancel);
        if (!request.Wanted)
            await db.PushSubscriptions.Where(s => s.Id == id && s.PersonId == me).ExecuteDeleteAsync(cancel);
        else if (known is not null)
        {
            // Another person has signed in to the same browser.
            known.PersonId = me;
            await db.SaveChangesAsync(cancel);
        }
        else if (await db.PushSubscriptions.CountAsync(s => s.PersonId == me, cancel) >= MostBrowsers)
            return $"notifications are already on in {MostBrowsers} browsers; turn them off in one of them";
        else
        {
            db.PushSubscriptions.Add(
                new PushSubscription
                {
                    Id = id,
                    PersonId = me,
                    Endpoint = Protector(protection).Protect(request.Endpoint!),
                    CreatedAt = time.GetUtcNow(),
                }
            );
            try
            {
                await db.SaveChangesAsync(cancel);
            }
            catch (DbUpdateException) when (!cancel.IsCancellationRequested)
            {
                // The browser sent the same request twice concurrently; in any other case the row does not exist, and SingleAsync throws.
                db.ChangeTracker.Clear();
                (await db.PushSubscriptions.SingleAsync(s => s.Id == id, cancel)).PersonId = me;
                await db.SaveChangesAsync(cancel);
            }
        }

        return null;
    }

    /// <summary>Returns the newest notification for the person; null if there is none.</summary>
    /// <param name="isManager">Whether the person has a role that maintains a kitchen, and so also gets alarms.</param>
    public async Task<PushNotification?> NewestNotificationAsync(bool isManager, CancellationToken cancel)
    {
        var (me, since) = (scope.Me, time.GetUtcNow() - NotificationAge);
        if (
            await db
                .Cases.Where(c => c.AuthorId == me && me != "" && c.AnsweredAt > since)
                .OrderByDescending(c => c.AnsweredAt)
                .FirstOrDefaultAsync(cancel) is
            { } answered
        )
            return new($"case-{answered.Id}", words["push.answered"], answered.Answer!, $"/school/{answered.SiteId}#answers");
        if (!isManager)
            return null;
        var (now, yesterday) = (time.GetUtcNow(), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-1));
        var (morning, sites) = (now - TimeSpan.FromHours(12), await scope.Sites.Select(s => s.Id).ToListAsync(cancel));
        var unfit = await db
            .Records.Where(r =>
                sites.Contains(r.SiteId) && r.Day >= yesterday && r.Kind == RecordKinds.MorningCheck && r.Alarming && r.At > morning
            )
            .OrderByDescending(r => r.At)
            .FirstOrDefaultAsync(cancel);
        var alarm = await (await scope.FindingsAsync(cancel))
            .Where(f => f.Tier == 1 && f.OverAt == null && f.Stage == Stages.Notified)
            .OrderByDescending(f => f.OpenedAt)
            .FirstOrDefaultAsync(cancel);
        return unfit is not null && !(alarm?.ReceivedAt > unfit.At)
                ? new($"record-{unfit.Id}", words["push.unfit"], unfit.Values.GetValueOrDefault("staff", ""), $"/today?site={unfit.SiteId}")
            : alarm is not null
                ? new($"finding-{alarm.Id}", words["push.alarm"], $"{alarm.Zone} {words["kind." + alarm.Kind]}", $"/findings/{alarm.Id}")
            : null;
    }
}

internal static class PushEndpoints
{
    public static void AddPush(this IServiceCollection services) =>
        services
            .AddSingleton<PushKey>()
            .AddScoped<PushService>()
            .AddSingleton<PushSender>()
            .AddHostedService(s => s.GetRequiredService<PushSender>());

    public static void MapPush(this IEndpointRouteBuilder app)
    {
        app.MapPost("/push", UpdateSubscriptionAsync).RequireAuthorization(Access.Read);
        app.MapGet(
                "/push/news",
                async Task<Results<Ok<PushNotification>, NoContent>> (HttpContext http, PushService push, CancellationToken cancel) =>
                    await push.NewestNotificationAsync(Access.RolesOf[Access.Keep].Any(http.User.IsInRole), cancel) is { } notification
                        ? TypedResults.Ok(notification)
                        : TypedResults.NoContent()
            )
            .RequireAuthorization(Access.Read);
    }

    // The page's script sends the antiforgery token in a header, which a form of another site cannot do.
    private static async Task<Results<NoContent, ProblemHttpResult>> UpdateSubscriptionAsync(
        PushSubscriptionRequest request,
        HttpContext http,
        IAntiforgery antiforgery,
        PushKey key,
        PushService push,
        CancellationToken cancel
    ) =>
        !await antiforgery.IsRequestValidAsync(http)
            ? TypedResults.Problem("The page has expired; reload it and try again.", statusCode: StatusCodes.Status400BadRequest)
        : key.Public is null
            ? TypedResults.Problem(
                "Push notifications are disabled on this server: Push:KeyFile is not set.",
                statusCode: StatusCodes.Status400BadRequest
            )
        : await push.UpdateSubscriptionAsync(request, cancel) is { } fault
            ? TypedResults.Problem($"This browser cannot be notified: {fault}.", statusCode: StatusCodes.Status400BadRequest)
        : TypedResults.NoContent();
}
