using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.Contracts.Sealing;

/// <summary>A part of a finding's evidence.</summary>
/// <param name="Name"><c>still.jpg</c> or <c>clip.mp4</c>.</param>
/// <param name="Sha256">Hexadecimal.</param>
public sealed record SealedPart(string Name, string Sha256, long Bytes);

/// <summary>
/// One entry of a box's chain: signed, numbered, and bound to the entry before. Nothing can be taken out, put in or put elsewhere unseen.
/// </summary>
/// <param name="Box">The key's fingerprint.</param>
/// <param name="Number">1, 2, 3 … without a gap.</param>
/// <param name="Before">SHA-256 of the entry before as it was signed; of nothing for the first.</param>
/// <param name="What">One of <see cref="ManifestKinds"/>.</param>
/// <param name="At">When it was sealed, UTC by the clock that the box believed.</param>
/// <param name="Report">The finding as it was then: rule, models, boxes and the clock's difference with it.</param>
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
    /// <param name="entry">As it was signed.</param>
    public static string HashOf(string entry) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(entry)));

    /// <summary>What the first entry is bound to.</summary>
    public static string Nothing { get; } = HashOf("");
}

/// <summary>What an entry seals.</summary>
public static class ManifestKinds
{
    /// <summary>Still and clip are whole and do not change any more.</summary>
    public const string Evidence = "evidence";

    /// <summary>The violation is over.</summary>
    public const string Closed = "closed";
}
