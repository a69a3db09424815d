using System.Security.Cryptography;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using BrightKitchen.Sealing;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>
/// Stores each edge agent's evidence chain. Rejects entries that the agent did not sign; stores and flags entries that do not follow the
/// previous one, because they may be the only ones left.
/// </summary>
internal sealed partial class ChainIntake(CentralDb db, ILogger<ChainIntake> logger) : IChainIntake
{
    /// <summary>The last stored entry.</summary>
    public async Task<ChainHead> HeadAsync(string boxId, CancellationToken cancel) =>
        await db
            .ChainEntries.Where(e => e.BoxId == boxId)
            .OrderByDescending(e => e.Number)
            .ThenBy(e => e.Breaks)
            .Select(e => new ChainHead(e.Number, e.Hash))
            .FirstOrDefaultAsync(cancel)
        ?? new(0, Manifest.Nothing);

    /// <exception cref="InvalidDataException">An entry is not signed by this edge agent; no entry of the call was stored.</exception>
    public async Task<ChainHead> AcceptAsync(string boxId, IReadOnlyList<string> entries, CancellationToken cancel)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(
            Convert.FromBase64String(await db.Boxes.Where(b => b.Id == boxId).Select(b => b.PublicKey).SingleAsync(cancel)),
            out _
        );
        var fingerprint = Jws.Fingerprint(key);
        var parsed = entries
            .Select(text => (Text: text, Hash: Manifest.HashOf(text ?? ""), Manifest: Jws.Open<Manifest>(text ?? "", key)))
            .ToList();
        if (parsed.Exists(t => t.Manifest is not { Report: not null, Parts: not null, Number: > 0 } m || m.Box != fingerprint))
            throw new InvalidDataException("an entry is not signed by this edge agent");
        var numbers = parsed.SelectMany(t => new[] { t.Manifest!.Number, t.Manifest.Number - 1 }).Distinct().ToList();
        var known = await db
            .ChainEntries.Where(e => e.BoxId == boxId && numbers.Contains(e.Number))
            .Select(e => new { e.Number, e.Hash })
            .ToListAsync(cancel);
        var here = known.Select(k => (k.Number, k.Hash)).ToHashSet();
        foreach (var (text, hash, manifest) in parsed)
        {
            if (here.Contains((manifest!.Number, hash)))
                continue;
            var follows =
                manifest.Number == 1 ? manifest.Before == Manifest.Nothing : here.Contains((manifest.Number - 1, manifest.Before));
            var breaks = !follows || here.Any(h => h.Number == manifest.Number);
            here.Add((manifest.Number, hash));
            db.ChainEntries.Add(
                new ChainEntry
                {
                    BoxId = boxId,
                    Hash = hash,
                    Number = manifest.Number,
                    FindingId = manifest.Report.Id.ToString(),
                    What = manifest.What.Length > FindingReport.LongestText ? "" : manifest.What,
                    SealedAt = manifest.At,
                    Text = text,
                    Breaks = breaks,
                }
            );
            if (breaks)
                ChainBroken(boxId, manifest.Number);
        }

        await db.SaveChangesAsync(cancel);
        return await HeadAsync(boxId, cancel);
    }

    public async Task<(int Entries, long? Broken)> StateAsync(string boxId, CancellationToken cancel)
    {
        var own = db.ChainEntries.Where(e => e.BoxId == boxId);
        return (await own.CountAsync(cancel), await own.Where(e => e.Breaks).MinAsync(e => (long?)e.Number, cancel));
    }

    [LoggerMessage(LogLevel.Warning, "The evidence chain of edge agent {Box} is broken at entry {Number}")]
    private partial void ChainBroken(string box, long number);
}
