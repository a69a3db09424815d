using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.Contracts.Sealing;

namespace BrightKitchen.EdgeAgent.Evidence.Sealing;

/// <summary>What a check found.</summary>
/// <param name="Fault">The first thing that is not as it was sealed, by name; null where everything is.</param>
/// <param name="Box">The fingerprint of the key that sealed it.</param>
internal sealed record PackageAnswer(string? Fault, string Box, int Findings, long First, long Last);

/// <summary>Proves a package offline, or names the first part that was altered.</summary>
internal static class PackageCheck
{
    private const int MostEntries = 100_000;
    private const long LargestPart = 1L << 30;

    /// <param name="expected">The fingerprint that it must be of; null for any.</param>
    public static PackageAnswer Check(Stream package, string? expected)
    {
        try
        {
            using var zip = new ZipArchive(package, ZipArchiveMode.Read);
            return Check(zip, expected);
        }
        catch (InvalidDataException)
        {
            return No("the ZIP itself is damaged");
        }
    }

    private static PackageAnswer No(string fault, string box = "") => new(fault, box, 0, 0, 0);

    private static PackageAnswer Check(ZipArchive zip, string? expected)
    {
        if (zip.Entries.Count > MostEntries || zip.Entries.GroupBy(e => e.FullName).FirstOrDefault(g => g.Count() > 1) is { })
            return No("the ZIP has too many entries or one twice");
        if (Text(zip, EvidencePackage.SealName) is not { } sealText)
            return No($"{EvidencePackage.SealName} is missing or damaged");
        using var key = ECDsa.Create();
        if (Jws.Peek<PackageSeal>(sealText) is not { PublicKey: not null } peeked || !Import(key, peeked.PublicKey) || Jws.Open<PackageSeal>(sealText, key) is not { Files: not null } seal)
            return No($"{EvidencePackage.SealName} was altered");
        var box = Jws.Fingerprint(key);
        if (expected is not null && !expected.Equals(box, StringComparison.OrdinalIgnoreCase))
            return No($"{EvidencePackage.SealName} is of another box: {box}", box);

        // The chain first: it says more exactly what is wrong with it than the digest of its file.
        if (ChainFault(zip, seal, key, out var manifests) is { } broken)
            return No(broken, box);
        foreach (var file in seal.Files)
        {
            if (zip.GetEntry(file.Name) is not { } entry)
                return No($"{file.Name} is missing", box);
            if (DigestOf(entry, file.Bytes) != file.Sha256)
                return No($"{file.Name} was altered", box);
        }

        var sealedNames = seal.Files.Select(f => f.Name).Append(EvidencePackage.SealName).ToHashSet();
        if (zip.Entries.FirstOrDefault(e => !sealedNames.Contains(e.FullName)) is { } stranger)
            return No($"{stranger.FullName} was added", box);
        var digests = seal.Files.ToDictionary(f => f.Name, f => f.Sha256);
        foreach (var manifest in manifests.Where(m => m.What == ManifestKinds.Evidence))
        {
            foreach (var part in manifest.Parts)
            {
                var name = EvidencePackage.PartName(manifest.Report.Id, part.Name);
                if (!digests.TryGetValue(name, out var digest))
                    return No($"{name} is missing", box);
                if (digest != part.Sha256)
                    return No($"{name} is not what manifest {manifest.Number} seals", box);
            }
        }

        return new(null, box, manifests.Select(m => m.Report.Id).Distinct().Count(), seal.First, seal.Last);
    }

    private static string? ChainFault(ZipArchive zip, PackageSeal seal, ECDsa key, out List<Manifest> manifests)
    {
        manifests = [];
        if (Text(zip, EvidencePackage.ChainName) is not { } text)
            return $"{EvidencePackage.ChainName} is missing or damaged";
        var (number, before) = (seal.First, (string?)null);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Jws.Open<Manifest>(line, key) is not { Report: not null, Parts: not null } manifest)
                return $"manifest {number} in {EvidencePackage.ChainName} was altered";
            if (manifest.Number != number)
                return $"manifest {number} in {EvidencePackage.ChainName} is missing or not in its place";
            if (before is not null && manifest.Before != before)
                return $"manifest {number} in {EvidencePackage.ChainName} does not follow the one before";
            manifests.Add(manifest);
            before = Manifest.HashOf(line);
            number++;
        }

        return number - 1 == seal.Last || (seal.Last == 0 && manifests.Count == 0)
            ? (before ?? Manifest.Nothing) == seal.Head ? null : $"manifest {seal.Last} in {EvidencePackage.ChainName} was altered"
            : $"manifest {number} in {EvidencePackage.ChainName} is missing";
    }

    private static string? Text(ZipArchive zip, string name)
    {
        if (zip.GetEntry(name) is not { Length: < LargestPart } entry)
            return null;
        try
        {
            using var reader = new StreamReader(entry.Open(), Encoding.ASCII);
            return reader.ReadToEnd();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static string? DigestOf(ZipArchiveEntry entry, long length)
    {
        if (entry.Length != length || length > LargestPart)
            return null;
        try
        {
            using var stream = entry.Open();
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static bool Import(ECDsa key, string publicKey)
    {
        try
        {
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
            return key.KeySize == 256;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
