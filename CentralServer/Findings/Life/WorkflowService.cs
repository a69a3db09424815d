using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Records;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings.Life;

/// <param name="Text">A reason, or what was done.</param>
/// <param name="DueAt">The deadline of an order; null for the default.</param>
/// <param name="Picture">SHA-256 of a picture that is already stored.</param>
/// <param name="Version">The finding's version that was shown to the person; null if unknown.</param>
internal sealed record StepRequest(string Step, string Text, DateTimeOffset? DueAt, string? Picture, long? Version = null);

/// <summary>Applies workflow steps to findings, each in one transaction with its entry in the audit log.</summary>
internal sealed class WorkflowService(
    CentralDb db,
    SiteScope scope,
    AuditLog audit,
    FindingFeed feed,
    Dismissals dismissals,
    LifeOptions options,
    TimeProvider time
)
{
    public const int LongestText = RecordDefinitions.LongestAnswer;
    private const int HighestLevel = 3;

    // Ten seconds, as the interface promises, plus network latency.
    private static readonly TimeSpan UndoWithin = TimeSpan.FromSeconds(15);
    private static readonly string[] Undoable = [Steps.Confirm, Steps.Dismiss, Steps.Escalate];

    /// <summary>
    /// Applies a step. Returns null on success; otherwise <c>missing</c>, <c>changed</c> if another person decided in the meantime,
    /// <c>not-now</c>, <c>needs-text</c>, <c>needs-picture</c> or <c>deadline</c>.
    /// </summary>
    public async Task<string?> ApplyAsync(FindingId id, StepRequest request, Actor who, CancellationToken cancel)
    {
        string? fault = null;
        Finding? done = null;
        var seen = request.Version;
        await audit.RecordAsync(
            async () =>
            {
                (fault, done) = (null, null);
                // Loaded within the person's scope, and again at every retry.
                if (await (await scope.FindingsAsync(cancel)).SingleOrDefaultAsync(f => f.Id == id.ToString(), cancel) is not { } finding)
                    return Refuse("missing");
                // A decision applies only to the version that the person saw, also if another was made between loading and saving. Comments
                // are exempt.
                if (request.Step != Steps.Comment && seen is { } version && version != finding.Version)
                    return Refuse("changed");
                seen ??= finding.Version;
                if (Apply(finding, request, who, time.GetUtcNow()) is { } why)
                    return Refuse(why);
                done = finding;
                return new AuditNote(
                    who.Id,
                    AuditActions.Step,
                    finding.SiteId,
                    $"finding/{id}",
                    request.Text.Length > 0 ? $"{request.Step}: {request.Text}" : request.Step
                );
            },
            cancel
        );
        if (done is not null)
            await NotifyAsync(done, request.Step == Steps.Dismiss, cancel);
        return fault;

        AuditNote? Refuse(string why)
        {
            fault = why;
            return null;
        }
    }

    /// <summary>Applies a step to a loaded finding; the caller saves it together with its entry in the audit log.</summary>
    /// <returns>As <see cref="ApplyAsync"/>, except <c>missing</c> and <c>changed</c>.</returns>
    public string? Apply(Finding finding, StepRequest request, Actor who, DateTimeOffset at)
    {
        if (Workflow.Available(finding, who.HasRole).FirstOrDefault(t => t.Step == request.Step) is not { } transition)
            return "not-now";
        if ((transition.NeedsText && string.IsNullOrWhiteSpace(request.Text)) || request.Text.Length > LongestText)
            return "needs-text";
        if (transition.NeedsPicture && request.Picture is null)
            return "needs-picture";
        if (request.DueAt <= at)
            return "deadline";
        Apply(finding, transition, request, who, at);
        return null;
    }

    /// <summary>Reverts the last step if it was this person's own recent decision. Both steps stay on record.</summary>
    /// <returns>Null on success; otherwise <c>missing</c> or <c>not-now</c>.</returns>
    public async Task<string?> UndoAsync(FindingId id, Actor who, CancellationToken cancel)
    {
        string? fault = null;
        Finding? done = null;
        await audit.RecordAsync(
            async () =>
            {
                (fault, done) = (null, null);
                var now = time.GetUtcNow();
                if (await (await scope.FindingsAsync(cancel)).SingleOrDefaultAsync(f => f.Id == id.ToString(), cancel) is not { } finding)
                {
                    fault = "missing";
                    return null;
                }

                var steps = await db
                    .FindingSteps.Where(s => s.FindingId == finding.Id && s.Step != Steps.Comment)
                    .OrderByDescending(s => s.Id)
                    .Take(20)
                    .ToListAsync(cancel);
                if (
                    steps.FirstOrDefault() is not { } last
                    || last.PersonId != who.Id
                    || now - last.At > UndoWithin
                    || !Undoable.Contains(last.Step)
                )
                {
                    fault = "not-now";
                    return null;
                }

                Revert(finding, last, steps[1..], who, now);
                done = finding;
                return new AuditNote(who.Id, AuditActions.Step, finding.SiteId, $"finding/{id}", Steps.Undo);
            },
            cancel
        );
        if (done is not null)
            await NotifyAsync(done, dismissed: true, cancel);
        return fault;
    }

    /// <summary>
    /// Escalates overdue findings by one level, each once even if several servers run this concurrently. One that an official escalated
    /// to the highest level before its deadline is marked as overdue once.
    /// </summary>
    /// <returns>The number of escalated findings.</returns>
    public async Task<int> EscalateAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var late = await db
            .Findings.AsNoTracking()
            .Where(f => f.DueAt != null && f.DueAt < now && (f.Level < HighestLevel || f.OverdueSince == null))
            .OrderBy(f => f.DueAt)
            .Take(500)
            .ToListAsync(cancel);
        var count = 0;
        foreach (var finding in late)
        {
            var next = now + options.EscalationPause(finding.Tier);
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            var mine =
                await db
                    .Findings.Where(f =>
                        f.Id == finding.Id && f.Level == finding.Level && f.Stage == finding.Stage && f.DueAt == finding.DueAt
                    )
                    .ExecuteUpdateAsync(
                        f =>
                            f.SetProperty(x => x.Level, Math.Min(finding.Level + 1, HighestLevel))
                                .SetProperty(x => x.Version, x => x.Version + 1)
                                .SetProperty(x => x.DueAt, next)
                                .SetProperty(x => x.OverdueSince, x => x.OverdueSince ?? finding.DueAt),
                        cancel
                    ) == 1;
            if (!mine)
                continue;
            db.FindingSteps.Add(
                new FindingStep
                {
                    FindingId = finding.Id,
                    At = now,
                    PersonId = "",
                    Step = Steps.Overdue,
                    From = finding.Stage,
                    To = finding.Stage,
                    DueAt = next,
                }
            );
            await db.SaveChangesAsync(cancel);
            await transaction.CommitAsync(cancel);
            feed.Publish(finding.SiteId, finding.Id);
            count++;
        }

        return count;
    }

    // Edge agents learn from dismissals and from revoked dismissals.
    private async Task NotifyAsync(Finding done, bool dismissed, CancellationToken cancel)
    {
        feed.Publish(done.SiteId, done.Id);
        if (dismissed)
            await dismissals.SendAsync(done.BoxId, cancel);
    }

    private void Revert(Finding finding, FindingStep last, IReadOnlyList<FindingStep> before, Actor who, DateTimeOffset now)
    {
        finding.Version++;
        finding.Stage = last.From;
        finding.OverAt = null;
        // The previous deadline; if no step set one, the initial deadline.
        finding.DueAt = before.FirstOrDefault(s => s.DueAt is not null)?.DueAt
            ?? options.DueAt(last.From, finding.Tier, finding.ReceivedAt);
        finding.OverdueSince = finding.DueAt < now ? finding.DueAt : null;
        finding.Level = Math.Max(0, before.Count(s => s.Step is Steps.Overdue or Steps.Escalate));
        if (last.Step == Steps.Confirm)
            finding.ConfirmedAt = null;
        if (
            last.Step == Steps.Dismiss
            && before.FirstOrDefault(s => s.Step is Steps.Appeal or Steps.Uphold) is { Step: Steps.Appeal } appeal
        )
            finding.AppealedAt = appeal.At;
        db.FindingSteps.Add(
            new FindingStep
            {
                FindingId = finding.Id,
                At = now,
                PersonId = who.Id,
                PersonName = who.Name,
                Step = Steps.Undo,
                From = last.To,
                To = finding.Stage,
                DueAt = finding.DueAt,
            }
        );
    }

    private void Apply(Finding finding, Transition transition, StepRequest request, Actor who, DateTimeOffset now)
    {
        var from = finding.Stage;
        if (transition.Step != Steps.Comment)
            finding.Version++;
        if (transition.To is { } to)
        {
            finding.Stage = to;
            finding.DueAt = options.DueAt(to, finding.Tier, now, request.DueAt);
            finding.OverdueSince = null;
            if (to is Stages.Confirmed)
                finding.ConfirmedAt ??= now;
            if (Stages.Over.Contains(to))
            {
                finding.Level = 0;
                finding.OverAt = now;
            }
        }

        switch (transition.Step)
        {
            case Steps.Appeal:
                finding.AppealedAt = now;
                finding.DueAt = now + options.DecideWithin;
                break;
            case Steps.Uphold or Steps.Dismiss:
                finding.AppealedAt = null;
                break;
            case Steps.Escalate:
                finding.Level = Math.Min(finding.Level + 1, HighestLevel);
                break;
            default:
                break;
        }

        db.FindingSteps.Add(
            new FindingStep
            {
                FindingId = finding.Id,
                At = now,
                PersonId = who.Id,
                PersonName = who.Name,
                Step = transition.Step,
                From = from,
                To = finding.Stage,
                Text = request.Text,
                Picture = request.Picture,
                DueAt = finding.DueAt,
            }
        );
    }
}
