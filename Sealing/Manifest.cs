using System.Security.Cryptography;
using System.Text;
using BrightKitchen.Contracts;

namespace BrightKitchen.Sealing;

/// <summary>A part of a finding's evidence.</summary>
/// <param name="Name"><c>still.jpg</c> or <c>clip.mp4</c>.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record SealedPart(string Name, string Sha256, long Bytes);

/// <summary>
/// One entry of an edge agent's evidence chain: signed, numbered and linked to the previous entry by its hash, so that a removed, inserted
/// or moved entry is detected.
/// </summary>
/// <param name="Box">Fingerprint of the signing key.</param>
/// <param name="Number">1, 2, 3 … without gaps.</param>
/// <param name="Before">SHA-256 of the previous entry as signed; <see cref="Nothing"/> for the first.</param>
/// <param name="What">One of <see cref="ManifestKinds"/>.</param>
/// <param name="At">When it was sealed, UTC, by the edge agent's configured clock source.</param>
/// <param name="Report">The finding at that time, with rule, models, bounding boxes and clock offset.</param>
public sealed record Manifest(
    string Box,
    long Number,
    string Before,
    string What,
    DateTimeOffset At,
    FindingReport Report,
    IReadOnlyList<SealedPart> Parts
)
{
    /// <param name="entry">As signed.</param>
    public static string HashOf(string entry) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(entry)));

    /// <summary>The <see cref="Before"/> of the first entry.</summary>
    public static string Nothing { get; } = HashOf("");
}

/// <summary>What an entry seals.</summary>
public static class ManifestKinds
{
    /// <summary>Still and clip are complete and final.</summary>
    public const string Evidence = "evidence";

    /// <summary>The violation has ended.</summary>
    public const string Closed = "closed";
}
