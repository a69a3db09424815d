using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BrightKitchen.Sealing;

/// <summary>The result of a package check.</summary>
/// <param name="Fault">The first part that differs from what was sealed, by name; null when the package is intact.</param>
/// <param name="Packer">Fingerprint of the key that sealed the package: an edge agent's or a server's.</param>
/// <param name="Box">Fingerprint of the edge agent whose chain the package contains.</param>
public sealed record PackageAnswer(string? Fault, string Packer, string Box, int Findings, long First, long Last);

/// <summary>Verifies a package offline, or names the first part that was altered.</summary>
public static class PackageCheck
{
    private const int MostEntries = 100_000;
    private const long LargestPart = 1L << 30;

    /// <summary>Verifies a package, without network or clock.</summary>
    /// <param name="expected">The fingerprint that must have sealed the package; null accepts any.</param>
    public static PackageAnswer Check(Stream package, string? expected)
    {
        try
        {
            using var zip = new ZipArchive(package, ZipArchiveMode.Read);
            return Check(zip, expected);
        }
        catch (InvalidDataException)
        {
            return No("the ZIP file is damaged");
        }
    }

    private static PackageAnswer No(string fault, string packer = "") => new(fault, packer, "", 0, 0, 0);

    private static PackageAnswer Check(ZipArchive zip, string? expected)
    {
        if (zip.Entries.Count > MostEntries || zip.Entries.GroupBy(e => e.FullName).FirstOrDefault(g => g.Count() > 1) is { })
            return No("the ZIP file has too many entries or a duplicate entry");
        if (Text(zip, PackageFiles.Seal) is not { } sealText)
            return No($"{PackageFiles.Seal} is missing or damaged");
        using var key = ECDsa.Create();
        if (
            Jws.Peek<PackageSeal>(sealText) is not { PublicKey: not null } peeked
            || !Import(key, peeked.PublicKey)
            || Jws.Open<PackageSeal>(sealText, key) is not { Files: not null } seal
        )
            return No($"{PackageFiles.Seal} was altered");
        var packer = Jws.Fingerprint(key);
        if (expected is not null && !expected.Equals(packer, StringComparison.OrdinalIgnoreCase))
            return No($"{PackageFiles.Seal} is from another edge device or server: {packer}", packer);
        // A server's seal vouches for the key of the edge agent whose chain it packed.
        using var boxKey = ECDsa.Create();
        if (!Import(boxKey, seal.BoxKey ?? seal.PublicKey))
            return No($"{PackageFiles.Seal} contains no valid key of the edge device", packer);

        // The chain is checked first: it locates a fault more exactly than the digest of its file.
        if (ChainFault(zip, seal, boxKey, out var manifests) is { } broken)
            return No(broken, packer);
        if (AuditFault(zip) is { } changed)
            return No(changed, packer);
        foreach (var file in seal.Files)
        {
            if (zip.GetEntry(file.Name) is not { } entry)
                return No($"{file.Name} is missing", packer);
            if (DigestOf(entry, file.Bytes) != file.Sha256)
                return No($"{file.Name} was altered", packer);
        }

        var sealedNames = seal.Files.Select(f => f.Name).Append(PackageFiles.Seal).ToHashSet();
        if (zip.Entries.FirstOrDefault(e => !sealedNames.Contains(e.FullName)) is { } stranger)
            return No($"{stranger.FullName} was added", packer);
        var digests = seal.Files.ToDictionary(f => f.Name, f => f.Sha256);
        foreach (var manifest in manifests.Where(m => m.What == ManifestKinds.Evidence && (seal.Findings?.Contains(m.Report.Id) ?? true)))
        {
            foreach (var part in manifest.Parts)
            {
                var name = PackageFiles.Part(manifest.Report.Id, part.Name);
                if (!digests.TryGetValue(name, out var digest))
                    return No($"{name} is missing", packer);
                if (digest != part.Sha256)
                    return No($"{name} does not match manifest {manifest.Number}", packer);
            }
        }

        return new(
            null,
            packer,
            Jws.Fingerprint(boxKey),
            seal.Findings?.Count ?? manifests.Select(m => m.Report.Id).Distinct().Count(),
            seal.First,
            seal.Last
        );
    }

    private static string? ChainFault(ZipArchive zip, PackageSeal seal, ECDsa key, out List<Manifest> manifests)
    {
        manifests = [];
        if (Text(zip, PackageFiles.Chain) is not { } text)
            return $"{PackageFiles.Chain} is missing or damaged";
        var (number, before) = (seal.First, (string?)null);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Jws.Open<Manifest>(line, key) is not { Report: not null, Parts: not null } manifest)
                return $"manifest {number} in {PackageFiles.Chain} was altered";
            if (manifest.Number != number)
                return $"manifest {number} in {PackageFiles.Chain} is missing or out of order";
            if (before is not null && manifest.Before != before)
                return $"manifest {number} in {PackageFiles.Chain} does not follow the previous one";
            manifests.Add(manifest);
            before = Manifest.HashOf(line);
            number++;
        }

        return number - 1 == seal.Last || (seal.Last == 0 && manifests.Count == 0)
            ? (before ?? Manifest.Nothing) == seal.Head
                ? null
                : $"manifest {seal.Last} in {PackageFiles.Chain} was altered"
            : $"manifest {number} in {PackageFiles.Chain} is missing";
    }

    // Each line is checked by its own hash; the seal covers completeness.
    private static string? AuditFault(ZipArchive zip)
    {
        var number = 0;
        foreach (var text in (Text(zip, PackageFiles.Audit) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            if (Line(text) is not { IsWhole: true })
                return $"line {number} of {PackageFiles.Audit} was altered";
        }

        return null;
    }

    private static AuditLine? Line(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditLine>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(ZipArchive zip, string name)
    {
        if (zip.GetEntry(name) is not { Length: < LargestPart } entry)
            return null;
        try
        {
            using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
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
