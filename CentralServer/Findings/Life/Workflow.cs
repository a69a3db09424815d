using BrightKitchen.CentralServer.Identity;

namespace BrightKitchen.CentralServer.Findings.Life;

/// <summary>Stages of a finding's workflow.</summary>
public static class Stages
{
    public const string Notified = "notified";
    public const string Acknowledged = "acknowledged";
    public const string Confirmed = "confirmed";
    public const string Dismissed = "dismissed";
    public const string Ordered = "ordered";
    public const string Rectified = "rectified";
    public const string Verified = "verified";
    public const string Closed = "closed";

    public static IReadOnlyList<string> All { get; } = [Notified, Acknowledged, Confirmed, Dismissed, Ordered, Rectified, Verified, Closed];

    /// <summary>Final stages, in which no step is pending.</summary>
    public static IReadOnlyList<string> Over { get; } = [Dismissed, Closed];

    /// <summary>Stages after an inspector's confirmation; before it, a finding is unverified and not public.</summary>
    public static IReadOnlyList<string> Public { get; } = [Confirmed, Ordered, Rectified, Verified, Closed];
}

/// <summary>Steps of the workflow, taken by people or by the system.</summary>
public static class Steps
{
    public const string Notify = "notify";
    public const string Acknowledge = "acknowledge";
    public const string Confirm = "confirm";
    public const string Dismiss = "dismiss";
    public const string Order = "order";
    public const string Rectify = "rectify";
    public const string Return = "return";
    public const string Verify = "verify";
    public const string Close = "close";
    public const string Appeal = "appeal";
    public const string Uphold = "uphold";
    public const string Comment = "comment";
    public const string Escalate = "escalate";

    /// <summary>Reverts the person's own decision shortly after it was made.</summary>
    public const string Undo = "undo";

    /// <summary>Taken by the system when a deadline passes.</summary>
    public const string Overdue = "overdue";
}

/// <summary>A transition of the workflow.</summary>
/// <param name="To">Null if the stage does not change.</param>
/// <param name="NeedsText">Whether a reason, or a description of what was done, is required.</param>
internal sealed record Transition(
    string Step,
    IReadOnlyList<string> From,
    string? To,
    IReadOnlyList<string> By,
    bool NeedsText = false,
    bool NeedsPicture = false,
    bool NeedsDeadline = false
);

/// <summary>The workflow of a finding: which role may take which step in which stage.</summary>
internal static class Workflow
{
    private static readonly string[] Kitchen = [Roles.Principal, Roles.Manager];
    private static readonly string[] Inspector = [Roles.Inspector];
    private static readonly string[] Everyone = [Roles.Inspector, Roles.Regulator, Roles.Principal, Roles.Manager];
    private static readonly string[] Undecided = [Stages.Notified, Stages.Acknowledged];

    public static IReadOnlyList<Transition> Transitions { get; } =
    [
        new(Steps.Acknowledge, [Stages.Notified], Stages.Acknowledged, Kitchen, NeedsText: true),
        new(Steps.Confirm, Undecided, Stages.Confirmed, Inspector),
        new(Steps.Dismiss, [.. Undecided, Stages.Confirmed, Stages.Ordered], Stages.Dismissed, Inspector, NeedsText: true),
        new(Steps.Order, [Stages.Confirmed], Stages.Ordered, Inspector, NeedsText: true, NeedsDeadline: true),
        new(Steps.Rectify, [Stages.Ordered], Stages.Rectified, Kitchen, NeedsText: true, NeedsPicture: true),
        new(Steps.Return, [Stages.Rectified], Stages.Ordered, Inspector, NeedsText: true, NeedsDeadline: true),
        new(Steps.Verify, [Stages.Rectified], Stages.Verified, Inspector),
        new(Steps.Close, [Stages.Verified, Stages.Confirmed], Stages.Closed, Inspector, NeedsText: true),
        new(Steps.Appeal, [Stages.Confirmed, Stages.Ordered], null, Kitchen, NeedsText: true),
        new(Steps.Uphold, [Stages.Confirmed, Stages.Ordered], null, Inspector, NeedsText: true),
        new(
            Steps.Escalate,
            [.. Undecided, Stages.Confirmed, Stages.Ordered, Stages.Rectified, Stages.Verified],
            null,
            Inspector,
            NeedsText: true
        ),
        new(Steps.Comment, Stages.All, null, Everyone, NeedsText: true),
    ];

    /// <summary>The transitions available now to a person with these roles.</summary>
    public static IEnumerable<Transition> Available(Finding finding, Func<string, bool> hasRole) =>
        Transitions.Where(t => t.From.Contains(finding.Stage) && t.By.Any(hasRole) && IsPossible(t, finding));

    // A new appeal requires that none is open; upholding requires an open appeal.
    private static bool IsPossible(Transition transition, Finding finding) =>
        transition.Step switch
        {
            Steps.Appeal => finding.AppealedAt is null,
            Steps.Uphold => finding.AppealedAt is not null,
            _ => true,
        };
}
