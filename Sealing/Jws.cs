using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BrightKitchen.Sealing;

/// <summary>Compact JSON Web Signatures (RFC 7515) with ES256, the only algorithm that devices sign with.</summary>
public static class Jws
{
    private const int LongestText = 1 << 20;

    /// <summary>SHA-256 of a public key (SubjectPublicKeyInfo), lower-case hex, for people to compare.</summary>
    public static string Fingerprint(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    public static string Sign<T>(T payload, ECDsa key)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", kid = Fingerprint(key) });
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(payload, Json))}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The signed payload; null when the signature was not made by this key or the text is not a JWS.</summary>
    public static T? Open<T>(string text, ECDsa key)
        where T : class
    {
        if (text.Length > LongestText || text.Split('.') is not [var header, var payload, var signature])
            return null;
        try
        {
            return
                key.VerifyData(
                    Encoding.ASCII.GetBytes($"{header}.{payload}"),
                    Base64Url.DecodeFromChars(signature),
                    HashAlgorithmName.SHA256
                )
                // Two encodings of one signature must not both be valid: base64url's unused trailing bits must be zero.
                && Base64Url.EncodeToString(Base64Url.DecodeFromChars(signature)) == signature
                && JsonDocument.Parse(Base64Url.DecodeFromChars(header)).RootElement.GetProperty("alg").GetString() == "ES256"
                ? JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(payload), Json)
                : null;
        }
        catch (Exception e)
            when (e is FormatException or JsonException or CryptographicException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The payload without verification; only for finding the key that <see cref="Open{T}"/> is then called with.</summary>
    public static T? Peek<T>(string text)
        where T : class
    {
        try
        {
            return text.Length <= LongestText && text.Split('.') is [_, var payload, _]
                ? JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(payload), Json)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);
}
