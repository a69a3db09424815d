using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace BrightKitchen.Fixtures;

/// <summary>What an authenticator app shows (RFC 6238): six digits of an HMAC-SHA-1 over the number of half minutes.</summary>
public static class TotpCode
{
    /// <param name="base32">The key as the page shows it.</param>
    /// <param name="steps">Half minutes from now. The server accepts each code once, and the one before and after: a test has three within
    /// half a minute.</param>
    public static string Of(string base32, DateTimeOffset now, int steps = 0)
    {
        ArgumentNullException.ThrowIfNull(base32);
        var (key, bits, value) = (new List<byte>(), 0, 0);
        foreach (var letter in base32)
        {
            value = ((value << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal)) & 0xfff;
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            key.Add((byte)(value >> bits));
        }

        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, (now.ToUnixTimeSeconds() / 30) + steps);
#pragma warning disable CA5350 // The standard's own algorithm.
        var hash = HMACSHA1.HashData(key.ToArray(), counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
