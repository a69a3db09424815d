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
/// The setup that each edge agent last reported, and the setup that it is ordered to apply. Ordered setups are stored encrypted, because
/// they may contain camera passwords.
/// </summary>
internal sealed partial class SetupService(
    CentralDb db,
    IDataProtectionProvider protection,
    IHubContext<BoxHub, IBoxClient> hub,
    Notifier notifier,
    ILogger<SetupService> logger
)
{
    public const int MostCameras = 64;
    public const int MostRules = 500;
    public const int LargestSetup = 128 * 1024;
    private readonly IDataProtector secrets = protection.CreateProtector("setup orders");

    /// <summary>The last report of an edge agent; null if there is none.</summary>
    public static SetupReport? ReportOf(Box box) =>
        box.SetupReport is null ? null : JsonSerializer.Deserialize<SetupReport>(box.SetupReport);

    /// <summary>Why a setup cannot be ordered, or null; the edge agent checks the rest.</summary>
    public static string? Fault(SiteSetup? setup) =>
        setup switch
        {
            null or { TimeZone: null } or { ClockSource: null } or { Cameras: null } or { Rules: null } => "it is incomplete",
            { Cameras.Count: > MostCameras } or { Rules.Count: > MostRules } => $"it has more than {MostCameras} cameras "
                + $"or {MostRules} rules",
            _ when setup.Cameras.Any(c => c?.Id is null || c.Url is null)
                    || setup.Rules.Any(r => r?.Camera is null || r.Kind is null || r.Hours is null) => "a camera or a rule is incomplete",
            _ when JsonSerializer.SerializeToUtf8Bytes(setup).Length > LargestSetup => "it is too large",
            _ => null,
        };

    /// <summary>Orders a setup; an edge agent that is not connected receives it when it connects.</summary>
    /// <param name="box">Loaded within the caller's scope.</param>
    /// <param name="after">The revision that the setup is based on; null if unknown.</param>
    /// <returns>The order's revision; null if another setup was ordered in the meantime.</returns>
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

    /// <summary>Stores the setup that an edge agent reports; returns the ordered setup if the agent does not have it yet.</summary>
    public async Task<SetupOrder?> ReportedAsync(string boxId, SetupReport report)
    {
        var box = await db.Boxes.SingleAsync(b => b.Id == boxId);
        var text = JsonSerializer.Serialize(report);
        // Updates this column only, so that a concurrent order is not overwritten.
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

    [LoggerMessage(LogLevel.Information, "Edge agent {Box} was ordered to apply setup {Revision}")]
    private partial void SetupOrdered(string box, long revision);

    [LoggerMessage(
        LogLevel.Warning,
        "The setup ordered for edge agent {Box} cannot be decrypted with the available data protection keys; order it again"
    )]
    private partial void OrderUnreadable(string box);
}
