using System.Buffers.Text;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>Creates, lists and removes the webhooks of the signed-in person.</summary>
internal sealed class Webhooks(
    CentralDb db,
    SiteScope scope,
    AuditLog audit,
    EventDispatcher dispatcher,
    IDataProtectionProvider protection,
    WebhookOptions options,
    TimeProvider time
)
{
    public const int MostWebhooks = 10;
    private readonly IDataProtector secrets = Protector(protection);

    public static IDataProtector Protector(IDataProtectionProvider protection) => protection.CreateProtector("webhook secrets");

    public IQueryable<Webhook> Mine
    {
        get
        {
            var me = scope.Me;
            return db.Webhooks.Where(w => w.PersonId == me);
        }
    }

    public async Task<IReadOnlyList<ApiWebhook>> ListAsync(CancellationToken cancel)
    {
        var mine = await Mine.OrderBy(w => w.CreatedAt).ToListAsync(cancel);
        var names = mine.ConvertAll(w => w.CursorName);
        var cursors = await db.EventCursors.AsNoTracking().Where(c => names.Contains(c.Name)).ToDictionaryAsync(c => c.Name, cancel);
        return mine.ConvertAll(w =>
        {
            var cursor = cursors.GetValueOrDefault(w.CursorName);
            return new ApiWebhook(w.Id, w.Url, w.CreatedAt, w.DisabledAt, cursor?.DeliveredAt, cursor?.Failures ?? 0, cursor?.LastFault);
        });
    }

    /// <returns>Its id and secret, to be shown once, or the error message.</returns>
    public async Task<(ApiWebhookMade? Made, string? Fault)> MakeAsync(string? url, CancellationToken cancel)
    {
        if (OutboundHttp.Fault(url, options) is { } fault)
            return (null, $"Events cannot be sent to this address: {fault}.");
        if (await Mine.CountAsync(cancel) >= MostWebhooks)
            return (null, $"You already have {MostWebhooks} webhooks; remove one first.");
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        var made = new Webhook
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            PersonId = scope.Me,
            Url = url!,
            Secret = secrets.Protect(secret),
            CreatedAt = now,
        };
        await dispatcher.BeginAsync(made.CursorName, cancel);
        await audit.RecordAsync(
            () =>
            {
                db.Webhooks.Add(made);
                return Task.FromResult<AuditNote?>(
                    new(scope.Me, AuditActions.Token, null, $"webhook/{made.Id}", $"made to {new Uri(url!).Host}")
                );
            },
            cancel
        );
        return (new(made.Id, secret), null);
    }

    /// <returns>False if the person has no such webhook.</returns>
    public Task<bool> RemoveAsync(string id, CancellationToken cancel) =>
        audit.RecordAsync(
            async () =>
            {
                if (await Mine.SingleOrDefaultAsync(w => w.Id == id, cancel) is not { } webhook)
                    return null;
                db.Webhooks.Remove(webhook);
                db.EventCursors.RemoveRange(await db.EventCursors.Where(c => c.Name == webhook.CursorName).ToListAsync(cancel));
                return new AuditNote(scope.Me, AuditActions.Token, null, $"webhook/{id}", "removed");
            },
            cancel
        );
}
