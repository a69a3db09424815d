using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BrightKitchen.Sealing;

/// <summary>A line of a server's audit log: who did what when, linked to the previous line by its hash.</summary>
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
    /// <summary>Whether the line is unchanged since it was written.</summary>
    public bool IsWhole => Hash == HashOf(Number, At, PersonId, Action, SiteId, Subject, Detail, Before);

    /// <summary>SHA-256 of the line's fields and the previous line's hash, lower-case hex.</summary>
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
