using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>
/// What each box works by as it told last, and what it is ordered to work by. Orders lie encrypted, as cameras' passwords may be in them.
/// </summary>
internal sealed partial class Setups(
    CentralDb db,
    IDataProtectionProvider protection,
    IHubContext<BoxHub, IBoxClient> hub,
    Notifier notifier,
    ILogger<Setups> logger
)
{
    public const int MostCameras = 64;
    public const int MostRules = 500;
    public const int LargestSetup = 128 * 1024;
    private readonly IDataProtector secrets = protection.CreateProtector("setup orders");

    /// <summary>What the box told last; null where it never did.</summary>
    public static SetupReport? ReportOf(Box box) =>
        box.SetupReport is null ? null : JsonSerializer.Deserialize<SetupReport>(box.SetupReport);

    /// <summary>Why an order cannot be given, or null; the box itself checks the rest.</summary>
    public static string? Fault(SiteSetup? setup) =>
        setup switch
        {
            null or { TimeZone: null } or { ClockSource: null } or { Cameras: null } or { Rules: null } => "the setup is incomplete",
            { Cameras.Count: > MostCameras } or { Rules.Count: > MostRules } => $"up to {MostCameras} cameras and {MostRules} rules "
                + "are possible",
            _ when setup.Cameras.Any(c => c?.Id is null || c.Url is null)
                    || setup.Rules.Any(r => r?.Camera is null || r.Kind is null || r.Hours is null) => "a camera or a rule is incomplete",
            _ when JsonSerializer.SerializeToUtf8Bytes(setup).Length > LargestSetup => "the setup is too large",
            _ => null,
        };

    /// <summary>Orders a setup; a box that is not connected gets it when it comes.</summary>
    /// <param name="box">Loaded within the caller's scope.</param>
    /// <param name="after">The revision that the setup was made from; null where that is not known.</param>
    /// <returns>The order's revision; null where somebody else ordered another meanwhile.</returns>
    public async Task<long?> OrderAsync(Box box, SiteSetup setup, long? after, CancellationToken cancel)
    {
        if (after is { } seen && seen != box.SetupRevision)
            return null;
        box.SetupRevision = Math.Max(box.SetupRevision, ReportOf(box)?.Revision ?? 0) + 1;
        box.SetupOrder = secrets.Protect(JsonSerializer.Serialize(setup));
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateConcurrencyException)
        {
            return null;
        }

        SetupOrdered(box.Id, box.SetupRevision);
        await notifier.SendAsync("setup", () => hub.Clients.User(box.Id).Setup(new(box.SetupRevision, setup)));
        return box.SetupRevision;
    }

    /// <summary>Takes note of what a box works by; answers with the order that it does not know yet.</summary>
    public async Task<SetupOrder?> ReportedAsync(string boxId, SetupReport report)
    {
        var box = await db.Boxes.SingleAsync(b => b.Id == boxId);
        var text = JsonSerializer.Serialize(report);
        // Alone: an order that is given meanwhile is another thing.
        await db.Boxes.Where(b => b.Id == boxId).ExecuteUpdateAsync(b => b.SetProperty(x => x.SetupReport, text));
        if (box.SetupOrder is null || report.Revision >= box.SetupRevision)
            return null;
        try
        {
            return JsonSerializer.Deserialize<SiteSetup>(secrets.Unprotect(box.SetupOrder)) is { } setup
                ? new(box.SetupRevision, setup)
                : null;
        }
        catch (CryptographicException)
        {
            OrderUnreadable(boxId);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "Box {Box} is ordered setup {Revision}")]
    private partial void SetupOrdered(string box, long revision);

    [LoggerMessage(LogLevel.Warning, "The setup ordered for box {Box} cannot be decrypted with the keys that are here; order it again")]
    private partial void OrderUnreadable(string box);
}
