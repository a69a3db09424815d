using BrightKitchen.Contracts;

namespace BrightKitchen.Sealing;

/// <summary>The contents of a package, signed as a whole by its packer.</summary>
/// <param name="PublicKey">
/// The packer's SubjectPublicKeyInfo, base64; people compare its fingerprint with the one on the packer's page.
/// </param>
/// <param name="First">Number of the first chain entry in the package, <paramref name="Last"/> of the last; 0 when there is none.</param>
/// <param name="Head">Hash of the last entry.</param>
/// <param name="BoxKey">Key of the edge agent whose chain is included; null when that edge agent is the packer.</param>
/// <param name="Findings">The findings whose evidence is included; null for all in the chain.</param>
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

    /// <summary>The chain's entries as the edge agent signed them, one per line.</summary>
    public const string Chain = "manifests.jsonl";

    /// <summary>The <see cref="AuditLine"/>s that concern the findings, one per line.</summary>
    public const string Audit = "audit.jsonl";

    public static string Part(FindingId finding, string part) => $"findings/{finding}/{part}";
}
