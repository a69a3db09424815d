namespace BrightKitchen.Contracts.Sealing;

/// <summary>What a package holds, signed as a whole by who packed it.</summary>
/// <param name="PublicKey">The packer's SubjectPublicKeyInfo, base64; people compare its fingerprint with the one that the packer's page
/// shows.</param>
/// <param name="First">The first entry of the chain in it; <paramref name="Last"/> the last, 0 where there is none.</param>
/// <param name="Head">The hash of the last entry.</param>
/// <param name="BoxKey">The key of the box whose chain it holds; null where that box is the packer.</param>
/// <param name="Findings">Those whose evidence is in it; null for all that the chain tells of.</param>
public sealed record PackageSeal(
    string PublicKey,
    DateTimeOffset At,
    long First,
    long Last,
    string Head,
    IReadOnlyList<SealedPart> Files,
    string? BoxKey = null,
    IReadOnlyList<FindingId>? Findings = null
);

/// <summary>The files of a package.</summary>
public static class PackageFiles
{
    public const string Seal = "package.jws";

    /// <summary>The chain's entries as the box signed them, a line each.</summary>
    public const string Chain = "manifests.jsonl";

    /// <summary>The <see cref="AuditLine"/>s that concern the findings, a line each.</summary>
    public const string Audit = "audit.jsonl";

    public static string Part(FindingId finding, string part) => $"findings/{finding}/{part}";
}
