using System.Security.Cryptography;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.Contracts.Sealing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sealing;

/// <summary>Gives the server's sealing key; makes it where it is not there yet.</summary>
internal sealed class Sealer(CentralDb db, IDataProtectionProvider protection)
{
    private readonly IDataProtector secrets = protection.CreateProtector("sealing key");

    /// <exception cref="CryptographicException">The keys of data protection that it was encrypted with are not here.</exception>
    public async Task<ECDsa> KeyAsync(CancellationToken cancel)
    {
        var row = await db.SealKeys.FindAsync([SealKey.TheOne], cancel) ?? await MakeAsync(cancel);
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(secrets.Unprotect(row.Private)), out _);
        return key;
    }

    /// <summary>What people compare with what <c>verify</c> prints.</summary>
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
            // Another server was first: its key is the one.
            db.Entry(made).State = EntityState.Detached;
            return await db.SealKeys.SingleAsync(k => k.Id == SealKey.TheOne, cancel);
        }
    }
}
