using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.Sealing;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>Result of comparing a finding's evidence with the edge agent's chain.</summary>
/// <param name="Number">Number of the sealing entry; null if the agent has not reported it yet.</param>
/// <param name="Same">Whether the stored parts match the sealed digests; null while a part is missing.</param>
public sealed record Proof(long? Number, bool? Same)
{
    /// <param name="finding">Loaded within the caller's scope.</param>
    public static async Task<Proof> OfAsync(CentralDb db, Finding finding, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(finding);
        var entry = await db
            .ChainEntries.Where(e => e.BoxId == finding.BoxId && e.FindingId == finding.Id && e.What == ManifestKinds.Evidence)
            .OrderBy(e => e.Breaks)
            .FirstOrDefaultAsync(cancel);
        // The signature was verified on arrival.
        if (entry is null || Jws.Peek<Manifest>(entry.Text) is not { } manifest)
            return new(null, null);
        bool? same = true;
        foreach (var part in manifest.Parts)
        {
            var digest = part.Name == "clip.mp4" ? finding.ClipSha256 : finding.StillSha256;
            if (digest is null)
                same = same == true ? null : same;
            else if (digest != part.Sha256)
                same = false;
        }

        return new(entry.Number, same);
    }
}
