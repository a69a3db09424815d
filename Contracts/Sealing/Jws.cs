using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BrightKitchen.Contracts.Sealing;

/// <summary>Compact JSON Web Signatures (RFC 7515) with ES256, the one algorithm that a box signs with.</summary>
public static class Jws
{
    private const int LongestText = 1 << 20;

    /// <summary>The SHA-256 of a public key (SubjectPublicKeyInfo), hexadecimal; what people compare.</summary>
    public static string Fingerprint(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    public static string Sign<T>(T payload, ECDsa key)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", kid = Fingerprint(key) });
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(payload, Json))}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>What was signed; null where the signature is not this key's or the text is none.</summary>
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
                // Two texts of one signature must not both be good: the padding's spare bits count too.
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

    /// <summary>What was said, whoever signed it; only to find the key that the whole is then opened with.</summary>
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
