using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Six-digit codes of an authenticator app (RFC 6238). Each code is accepted once: the last accepted time step is stored per person, and
/// neither it nor an earlier one is accepted again.
/// </summary>
internal sealed class TotpProvider(IServiceScopeFactory scopes, TimeProvider time) : IUserTwoFactorTokenProvider<Person>
{
    /// <summary>How many steps a code may be early or late, for a phone whose clock is not exact.</summary>
    private const int Tolerance = 1;
    private const int StepSeconds = 30;
    private const int Digits = 6;
    private const string Store = "[BrightKitchen]";
    private const string LastStep = "TotpStep";
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public async Task<bool> CanGenerateTwoFactorTokenAsync(UserManager<Person> manager, Person user) =>
        !string.IsNullOrEmpty(await manager.GetAuthenticatorKeyAsync(user));

    // The app makes the codes.
    public Task<string> GenerateAsync(string purpose, UserManager<Person> manager, Person user) => Task.FromResult("");

    public async Task<bool> ValidateAsync(string purpose, string token, UserManager<Person> manager, Person user)
    {
        if (token.Length != Digits || await manager.GetAuthenticatorKeyAsync(user) is not { Length: > 0 } secret)
            return false;
        var (key, now) = (Decode(secret), time.GetUtcNow().ToUnixTimeSeconds() / StepSeconds);
        // A context of its own: of two requests one fails to write, and what it could not write must not stay in the request's.
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CentralDb>();
        var stored = await db
            .UserTokens.Where(t => t.UserId == user.Id && t.LoginProvider == Store && t.Name == LastStep)
            .Select(t => t.Value)
            .SingleOrDefaultAsync();
        var last = long.TryParse(stored, CultureInfo.InvariantCulture, out var number) ? number : -1;
        for (var step = now - Tolerance; step <= now + Tolerance; step++)
        {
            if (
                step > last
                && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(CodeOf(key, step)), Encoding.ASCII.GetBytes(token))
            )
                return await RememberAsync(db, user.Id, stored, step);
        }

        return false;
    }

    // Of two requests with the same code one wins: the step is replaced only where it still is what was read.
    private static async Task<bool> RememberAsync(CentralDb db, string person, string? before, long step)
    {
        var text = step.ToString(CultureInfo.InvariantCulture);
        if (before is not null)
            return await db
                    .UserTokens.Where(t => t.UserId == person && t.LoginProvider == Store && t.Name == LastStep && t.Value == before)
                    .ExecuteUpdateAsync(t => t.SetProperty(x => x.Value, text)) == 1;
        db.UserTokens.Add(
            new()
            {
                UserId = person,
                LoginProvider = Store,
                Name = LastStep,
                Value = text,
            }
        );
        try
        {
            await db.SaveChangesAsync();
            return true;
        }
        catch (DbUpdateException)
        {
            return false;
        }
    }

    /// <summary>The code of a time step.</summary>
    internal static string CodeOf(byte[] key, long step)
    {
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // The algorithm of the standard, which is what authenticator apps have in common.
        var hash = HMACSHA1.HashData(key, counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>A key in Base32, as authenticator apps take it.</summary>
    internal static byte[] Decode(string base32)
    {
        var (key, bits, value) = (new List<byte>(), 0, 0);
        foreach (var letter in base32.TrimEnd('='))
        {
            value = ((value << 5) | Alphabet.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal)) & 0xfff;
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            key.Add((byte)(value >> bits));
        }

        return [.. key];
    }
}
