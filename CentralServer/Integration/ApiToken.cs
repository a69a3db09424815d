using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>A person's token for programs. It can do what the person can, within its scopes; only its hash is kept.</summary>
public sealed class ApiToken
{
    public const string Prefix = "bk_";

    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public required string Name { get; init; }

    public required string Hash { get; init; }

    /// <summary>Of <see cref="ApiScopes"/>, with spaces between.</summary>
    public required string Scopes { get; init; }

    /// <summary>Whether it was made by somebody who had signed in with a second factor; it counts as that.</summary>
    public bool SecondFactor { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    [ConcurrencyCheck]
    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }

    // The token has 256 random bits: a plain hash is as good as a slow one.
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
}

/// <summary>What a token may be used for.</summary>
public static class ApiScopes
{
    public const string Read = "read";

    /// <summary>Steps of findings.</summary>
    public const string Steps = "steps";

    public const string Records = "records";

    public const string Webhooks = "webhooks";

    public static IReadOnlyList<string> All { get; } = [Read, Steps, Records, Webhooks];
}
