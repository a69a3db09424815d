using System.ComponentModel.DataAnnotations.Schema;
using BrightKitchen.Sealing;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>
/// One entry of the audit log: who did what when, chained to the previous entry by hash. The database rejects updates and deletions.
/// </summary>
public sealed class AuditEntry
{
    /// <summary>Consecutive, starting at 1.</summary>
    public long Number { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Empty for the system.</summary>
    public required string PersonId { get; init; }

    /// <summary>One of <see cref="AuditActions"/>.</summary>
    public required string Action { get; init; }

    public string? SiteId { get; init; }

    /// <summary>What the action applied to, such as <c>finding/0199…</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The reason or other details.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The previous entry's hash; <see cref="AuditLog.Nothing"/> for the first.</summary>
    public required string Before { get; init; }

    public required string Hash { get; init; }

    /// <summary>The entry in the form that is exported and verified.</summary>
    [NotMapped]
    public AuditLine Line => new(Number, At, PersonId, Action, SiteId, Subject, Detail, Before, Hash);

    public bool IsWhole(string before) => Before == before && Line.IsWhole;
}

/// <summary>The audited actions.</summary>
public static class AuditActions
{
    public const string View = "look";
    public const string Step = "step";
    public const string Hold = "hold";
    public const string Release = "release";
    public const string Export = "export";
    public const string SignIn = "sign-in";
    public const string Grant = "grant";
    public const string Revoke = "revoke";
    public const string Order = "order";
    public const string Case = "case";
    public const string Draw = "draw";
    public const string Record = "record";
    public const string Token = "token";

    public static IReadOnlyList<string> All { get; } =
    [View, Step, Hold, Release, Export, SignIn, Grant, Revoke, Order, Case, Draw, Record, Token];
}

/// <summary>Subjects of entries that belong to no site; they determine who may read the entry.</summary>
internal static class AuditSubjects
{
    /// <summary>The server as a whole.</summary>
    public const string Server = "server";

    public const string Person = "person/";

    public const string Region = "region/";
}
