using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>One line of the audit log: who did what when, bound to the line before. The database refuses to change or delete one.</summary>
public sealed class AuditEntry
{
    /// <summary>1, 2, 3 … without a gap.</summary>
    public long Number { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Empty for the system itself.</summary>
    public required string PersonId { get; init; }

    /// <summary>One of <see cref="AuditActions"/>.</summary>
    public required string Action { get; init; }

    public string? SiteId { get; init; }

    /// <summary>What it was done to, such as <c>finding/0199…</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Why, or what else there is to say.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The hash of the line before; of nothing for the first.</summary>
    public required string Before { get; init; }

    public required string Hash { get; init; }

    /// <summary>SHA-256 over everything that the line says and the line before.</summary>
    public static string HashOf(long number, DateTimeOffset at, string personId, string action, string? siteId, string subject, string detail, string before) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object?[] { number, at.ToUnixTimeMilliseconds(), personId, action, siteId, subject, detail, before }))));

    public bool IsWhole(string before) => Before == before && Hash == HashOf(Number, At, PersonId, Action, SiteId, Subject, Detail, Before);
}

/// <summary>What can be audited.</summary>
public static class AuditActions
{
    public const string Look = "look";
    public const string Step = "step";
    public const string Hold = "hold";
    public const string Release = "release";
    public const string Export = "export";
    public const string SignIn = "sign-in";
    public const string Grant = "grant";
    public const string Revoke = "revoke";
    public const string Order = "order";
    public const string Case = "case";
}
