using System.Security.Cryptography;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>
/// The token in the URL of a site's public page, as in the QR code of the lobby and of the school's page. Not derived from any other data
/// of the site.
/// </summary>
internal static class VisitToken
{
    private const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

    // 128 bits with an alphabet of 31 characters.
    private const int Letters = 26;

    public static string New() => RandomNumberGenerator.GetString(Alphabet, Letters);

    /// <summary>The path of the public page.</summary>
    public static string PathOf(Site site) => $"/visit/{site.VisitToken}";
}
