using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BrightKitchen.Contracts.Sealing;

/// <summary>A line of a server's audit log: who did what when, bound to the line before.</summary>
public sealed record AuditLine(
    long Number,
    DateTimeOffset At,
    string PersonId,
    string Action,
    string? SiteId,
    string Subject,
    string Detail,
    string Before,
    string Hash
)
{
    /// <summary>Whether it says what it said when it was written.</summary>
    public bool IsWhole => Hash == HashOf(Number, At, PersonId, Action, SiteId, Subject, Detail, Before);

    /// <summary>SHA-256 over everything that the line says and the line before.</summary>
    public static string HashOf(
        long number,
        DateTimeOffset at,
        string personId,
        string action,
        string? siteId,
        string subject,
        string detail,
        string before
    ) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    JsonSerializer.Serialize(
                        new object?[] { number, at.ToUnixTimeMilliseconds(), personId, action, siteId, subject, detail, before }
                    )
                )
            )
        );
}
