using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>A person's API token. It grants what the person may do, limited to its scopes; only its hash is stored.</summary>
public sealed class ApiToken
{
    public const string Prefix = "bk_";

    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public required string Name { get; init; }

    public required string Hash { get; init; }

    /// <summary>Scopes of <see cref="ApiScopes"/>, separated by spaces.</summary>
    public required string Scopes { get; init; }

    /// <summary>
    /// Whether the person had signed in with a second factor when creating it; requests with the token then count as such.
    /// </summary>
    public bool SecondFactor { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    [ConcurrencyCheck]
    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }

    // The token has 256 random bits, so that a slow password hash adds no security over a plain one.
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
}

/// <summary>Scopes of an API token.</summary>
public static class ApiScopes
{
    public const string Read = "read";

    /// <summary>Takes steps in the workflow of findings.</summary>
    public const string Steps = "steps";

    public const string Records = "records";

    public const string Webhooks = "webhooks";

    public static IReadOnlyList<string> All { get; } = [Read, Steps, Records, Webhooks];
}
