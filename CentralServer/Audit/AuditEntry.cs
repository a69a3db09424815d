using System.ComponentModel.DataAnnotations.Schema;
using BrightKitchen.Contracts.Sealing;

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

    /// <summary>The line as it is given away and proven.</summary>
    [NotMapped]
    public AuditLine Line => new(Number, At, PersonId, Action, SiteId, Subject, Detail, Before, Hash);

    public bool IsWhole(string before) => Before == before && Line.IsWhole;
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
    public const string Draw = "draw";
    public const string Record = "record";
    public const string Token = "token";

    public static IReadOnlyList<string> All { get; } =
    [Look, Step, Hold, Release, Export, SignIn, Grant, Revoke, Order, Case, Draw, Record, Token];
}

/// <summary>What a line that belongs to no site is about; the page decides by it who may read the line.</summary>
internal static class AuditSubjects
{
    /// <summary>Of the server as a whole.</summary>
    public const string Server = "server";

    public const string Person = "person/";

    public const string Region = "region/";
}
