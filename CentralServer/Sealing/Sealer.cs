using System.Security.Cryptography;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.Sealing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sealing;

/// <summary>Provides the server's sealing key; creates it on first use.</summary>
internal sealed class Sealer(CentralDb db, IDataProtectionProvider protection)
{
    private readonly IDataProtector secrets = protection.CreateProtector("sealing key");

    /// <exception cref="CryptographicException">The data protection keys that encrypted it are missing.</exception>
    public async Task<ECDsa> KeyAsync(CancellationToken cancel)
    {
        var row = await db.SealKeys.FindAsync([SealKey.TheOne], cancel) ?? await MakeAsync(cancel);
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(secrets.Unprotect(row.Private)), out _);
        return key;
    }

    /// <summary>Fingerprint that people compare with the output of <c>verify</c>.</summary>
    public async Task<string> FingerprintAsync(CancellationToken cancel)
    {
        using var key = await KeyAsync(cancel);
        return Jws.Fingerprint(key);
    }

    private async Task<SealKey> MakeAsync(CancellationToken cancel)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = new SealKey { Id = SealKey.TheOne, Private = secrets.Protect(Convert.ToBase64String(key.ExportPkcs8PrivateKey())) };
        db.SealKeys.Add(made);
        try
        {
            await db.SaveChangesAsync(cancel);
            return made;
        }
        catch (DbUpdateException)
        {
            // Another server created the key concurrently; that one is used.
            db.Entry(made).State = EntityState.Detached;
            return await db.SealKeys.SingleAsync(k => k.Id == SealKey.TheOne, cancel);
        }
    }
}
