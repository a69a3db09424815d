using BrightKitchen.Contracts;
using BrightKitchen.Sealing;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>Appends entries to the edge agent's chain, in the same transaction as the change that they seal.</summary>
/// <param name="box">Fingerprint of the key that <paramref name="sign"/> uses.</param>
/// <param name="now">The wall-clock time that is shown to people.</param>
internal sealed class EvidenceSeal(string box, Func<Manifest, string> sign, Func<DateTimeOffset> now)
{
    public void Add(LiteDatabase db, string what, FindingReport report, IReadOnlyList<SealedPart> parts)
    {
        var manifests = db.GetCollection<ManifestDocument>("manifests");
        var last = manifests.Query().OrderByDescending(m => m.Id).Limit(1).FirstOrDefault();
        var (number, at) = ((last?.Id ?? 0) + 1, now());
        var signed = sign(new(box, number, last is null ? Manifest.Nothing : Manifest.HashOf(last.Signed), what, at, report, parts));
        manifests.Insert(
            new ManifestDocument
            {
                Id = number,
                Finding = report.Id.ToString(),
                AtMs = at.ToUnixTimeMilliseconds(),
                Signed = signed,
            }
        );
    }
}
