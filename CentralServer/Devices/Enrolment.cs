using System.Security.Cryptography;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Enrols edge agents and kiosks by single-use codes.</summary>
public sealed partial class Enrolment(CentralDb db, TimeProvider time, ILogger<Enrolment> logger)
{
    /// <summary>Maximum length of a device's public key in characters; a P-256 key has 124.</summary>
    internal const int LongestKey = 1000;

    private static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>Issues a code of twelve characters that enrols one device within 24 hours.</summary>
    /// <param name="for">Kind of device: <see cref="EnrolmentCode.Box"/> or <see cref="EnrolmentCode.Kiosk"/>.</param>
    public async Task<string> IssueAsync(string siteId, string @for, CancellationToken cancel)
    {
        var code = SpokenCode.New(3, 4);
        db.EnrolmentCodes.Add(
            new EnrolmentCode
            {
                Hash = SpokenCode.HashOf(code),
                SiteId = siteId,
                For = @for,
                ExpiresAt = time.GetUtcNow() + Life,
            }
        );
        await db.SaveChangesAsync(cancel);
        return code;
    }

    /// <summary>Enrols a device; null if the code is wrong, used or expired, or the request is invalid.</summary>
    public async Task<EnrolmentAnswer?> EnrolAsync(EnrolmentRequest request, string @for, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (
            !IsKey(request.PublicKey)
            || string.IsNullOrWhiteSpace(request.Code)
            || request.Name is null or { Length: > FindingReport.LongestText }
        )
            return null;
        var (hash, now) = (SpokenCode.HashOf(request.Code), time.GetUtcNow());
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        // Marked as used by a conditional update in the database, so that of two devices with one code only one is enrolled.
        if (
            await db
                .EnrolmentCodes.Where(c => c.Hash == hash && c.For == @for && c.UsedAt == null && c.ExpiresAt > now)
                .ExecuteUpdateAsync(c => c.SetProperty(x => x.UsedAt, now), cancel) == 0
        )
        {
            EnrolmentRefused();
            return null;
        }

        var siteId = await db.EnrolmentCodes.Where(c => c.Hash == hash).Select(c => c.SiteId).SingleAsync(cancel);
        var site = await db.Sites.SingleAsync(s => s.Id == siteId, cancel);
        // A device with a known key keeps its id, because its evidence, holds and findings refer to that id.
        var known =
            @for == EnrolmentCode.Kiosk
                ? await db
                    .Kiosks.Where(k => k.PublicKey == request.PublicKey && k.SiteId == siteId && k.RevokedAt == null)
                    .Select(k => k.Id)
                    .FirstOrDefaultAsync(cancel)
                : await db
                    .Boxes.Where(b => b.PublicKey == request.PublicKey && b.SiteId == siteId && b.RevokedAt == null)
                    .Select(b => b.Id)
                    .FirstOrDefaultAsync(cancel);
        if (known is not null)
        {
            await transaction.CommitAsync(cancel);
            DeviceEnrolled(NameOf(@for), known, siteId);
            return new(known, site.Name);
        }

        var id = Guid.CreateVersion7(now).ToString("N");
        if (@for == EnrolmentCode.Kiosk)
            db.Kiosks.Add(
                new Kiosk
                {
                    Id = id,
                    SiteId = siteId,
                    Name = request.Name,
                    PublicKey = request.PublicKey,
                    EnrolledAt = now,
                }
            );
        else
            db.Boxes.Add(
                new Box
                {
                    Id = id,
                    SiteId = siteId,
                    Name = request.Name,
                    PublicKey = request.PublicKey,
                    EnrolledAt = now,
                }
            );
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        DeviceEnrolled(NameOf(@for), id, siteId);
        return new(id, site.Name);
    }

    private static string NameOf(string kind) => kind == EnrolmentCode.Kiosk ? "kiosk" : "edge agent";

    private static bool IsKey(string? text)
    {
        if (text is { Length: > LongestKey })
            return false;
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text ?? ""), out _);
            return key.KeySize == 256;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "An enrolment was refused: its code is wrong, already used or expired")]
    private partial void EnrolmentRefused();

    [LoggerMessage(LogLevel.Information, "The {Kind} {Device} was enrolled at site {Site}")]
    private partial void DeviceEnrolled(string kind, string device, string site);
}
