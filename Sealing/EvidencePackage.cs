using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.Contracts;

namespace BrightKitchen.Sealing;

/// <summary>
/// Packs a section of the edge agent's chain with the evidence that it seals into a ZIP that <see cref="PackageCheck"/> verifies offline.
/// </summary>
public static class EvidencePackage
{
    private const string SummaryName = "summary.txt";

    /// <summary>Writes the package.</summary>
    /// <param name="chain">Entries as signed, in order, without gaps.</param>
    /// <param name="part">Returns the bytes of a finding's part by name.</param>
    /// <exception cref="InvalidDataException">An entry of the chain was not signed with <paramref name="key"/>.</exception>
    public static void Write(Stream into, IReadOnlyList<string> chain, Func<FindingId, string, byte[]> part, ECDsa key, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(key);
        using var zip = new SealedZip(into);
        var manifests = chain
            .Select(text =>
                Jws.Open<Manifest>(text, key)
                ?? throw new InvalidDataException("An entry of the evidence chain has another edge agent's signature.")
            )
            .ToList();
        foreach (var manifest in manifests.Where(m => m.What == ManifestKinds.Evidence))
        {
            foreach (var sealed_ in manifest.Parts)
                zip.Put(PackageFiles.Part(manifest.Report.Id, sealed_.Name), part(manifest.Report.Id, sealed_.Name));
        }

        zip.Put(PackageFiles.Chain, Encoding.ASCII.GetBytes(string.Concat(chain.Select(c => c + "\n"))));
        zip.Put(SummaryName, Encoding.UTF8.GetBytes(Summary(manifests, key, now)));
        zip.Seal(
            files => new PackageSeal(
                Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()),
                now,
                manifests.Count == 0 ? 0 : manifests[0].Number,
                manifests.Count == 0 ? 0 : manifests[^1].Number,
                chain.Count == 0 ? Manifest.Nothing : Manifest.HashOf(chain[^1]),
                files
            ),
            key
        );
    }

    private static string Summary(List<Manifest> manifests, ECDsa key, DateTimeOffset now)
    {
        var text = new StringBuilder(
            $"BrightKitchen evidence of edge device {Jws.Fingerprint(key)}, packed "
                + $"{now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC\nCheck it with: ./run verify PACKAGE --key {Jws.Fingerprint(key)}\n\n"
        );
        foreach (var m in manifests)
        {
            var r = m.Report;
            text.Append(
                CultureInfo.InvariantCulture,
                $"{m.Number, 6}  {m.What, -9} {r.Kind, -15} "
                    + $"{r.OpenedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  {(r.ClosedAt - r.OpenedAt)?.TotalSeconds:0} s  camera "
                    + $"{r.Camera}, zone {r.Zone}  {r.Rule}  {string.Join(", ", r.Models)}\n"
            );
        }

        return text.ToString();
    }
}
