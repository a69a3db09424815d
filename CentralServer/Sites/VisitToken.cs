using System.Security.Cryptography;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>
/// What opens a site's public page: in the QR code of the lobby and of the school's page, and not derived from anything else that is known
/// of the site.
/// </summary>
internal static class VisitToken
{
    private const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

    // 128 bits of 31 letters.
    private const int Letters = 26;

    public static string New() => RandomNumberGenerator.GetString(Alphabet, Letters);

    /// <summary>Where the page is.</summary>
    public static string PathOf(Site site) => $"/visit/{site.VisitToken}";
}
