using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Sealing;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>
/// Validates the tokens that edge agents and kiosks sign with their own keys: ES256, the device's id as issuer, an audience, and a life of
/// at most ten minutes.
/// </summary>
internal static class DeviceToken
{
    private const int LongestText = 4096;
    private const int LongestId = 40;
    private const long ClockSkew = 120;
    private const long LongestLife = 600;

    /// <summary>
    /// The id of the device that a token claims to come from, for finding its key; null when the text is not a token. Not yet verified.
    /// </summary>
    public static string? IssuerOf(string text) =>
        text.Length <= LongestText && Jws.Peek<DeviceClaims>(text)?.Iss is { Length: > 0 and <= LongestId } id && !id.Any(char.IsControl)
            ? id
            : null;

    /// <summary>Whether the token was signed by this device for this audience and is valid now, give or take two minutes.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo in base64.</param>
    public static bool IsValid(string text, string device, string publicKey, string audience, DateTimeOffset now)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
        var seconds = now.ToUnixTimeSeconds();
        return Jws.Open<DeviceClaims>(text, key) is { } claims
            && claims.Iss == device
            && claims.Aud == audience
            && claims.Nbf <= seconds + ClockSkew
            && claims.Exp >= seconds - ClockSkew
            && claims.Exp - claims.Nbf is > 0 and <= LongestLife;
    }
}
