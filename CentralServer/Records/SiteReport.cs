using System.Globalization;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

/// <summary>Period of a kitchen's own report: days in the site's time zone, both inclusive.</summary>
public sealed record SiteReportPeriod(DateOnly From, DateOnly To)
{
    /// <summary>The week of a day, Monday to Sunday.</summary>
    public static SiteReportPeriod Week(DateOnly day) =>
        new(day.AddDays(-((int)day.DayOfWeek + 6) % 7), day.AddDays(-((int)day.DayOfWeek + 6) % 7).AddDays(6));

    /// <summary>The school term of a day: September to January, or February to August.</summary>
    public static SiteReportPeriod Term(DateOnly day) =>
        day.Month switch
        {
            >= 9 => new(new(day.Year, 9, 1), new(day.Year + 1, 1, 31)),
            1 => new(new(day.Year - 1, 9, 1), new(day.Year, 1, 31)),
            _ => new(new(day.Year, 2, 1), new(day.Year, 8, 31)),
        };

    /// <param name="span"><c>term</c>; anything else means a week.</param>
    /// <param name="day">A day within the period; null or an implausible year means <paramref name="today"/>.</param>
    public static SiteReportPeriod Of(string? span, DateOnly? day, DateOnly today)
    {
        var within = day is { Year: > 2000 and < 2200 } meant ? meant : today;
        return span == "term" ? Term(within) : Week(within);
    }

    public bool IsWeek => To.DayNumber - From.DayNumber < 7;

    /// <summary>The preceding period of the same kind.</summary>
    public SiteReportPeriod Before => IsWeek ? Week(From.AddDays(-1)) : Term(From.AddDays(-1));
}

/// <summary>Figures of a kitchen for a week or a term.</summary>
/// <param name="Figures">Values by the field names of <see cref="RecordKinds.Report"/>.</param>
/// <param name="ByKind">Number of findings by kind, without dismissed ones.</param>
/// <param name="Days">For each kind of record that is due daily, the number of days with a record.</param>
/// <param name="DaysSoFar">Days of the period up to today.</param>
/// <param name="HoursToClose">Median hours from confirmation to closing of closed findings; null if there are none.</param>
/// <param name="Certificates">Members of staff whose health certificate is missing, expired or expires soon.</param>
/// <param name="Signed">The newest signature of the period; null if there is none.</param>
internal sealed record SiteReport(
    SiteReportPeriod Period,
    IReadOnlyDictionary<string, int> Figures,
    IReadOnlyDictionary<string, int> ByKind,
    IReadOnlyDictionary<string, int> Days,
    int DaysSoFar,
    double? HoursToClose,
    IReadOnlyList<StaffMember> Certificates,
    KitchenRecord? Signed
);

/// <summary>Calculates the report that a principal signs, and saves the signature as a record of the figures at that moment.</summary>
internal sealed class SiteReports(CentralDb db, SiteScope scope, AuditLog audit, TimeProvider time)
{
    private const int LongestRemarks = RecordKinds.LongestText;

    /// <param name="site">Loaded within the caller's scope.</param>
    public async Task<SiteReport> OfAsync(Site site, SiteReportPeriod period, CancellationToken cancel)
    {
        var today = RecordService.Today(site, time);
        var (begin, end) = (At(site, period.From), At(site, period.To.AddDays(1)));
        var findings = await db
            .Findings.Where(f => f.SiteId == site.Id && f.OpenedAt >= begin && f.OpenedAt < end)
            .GroupBy(f => new { f.Kind, f.Stage })
            .Select(g => new
            {
                g.Key.Kind,
                g.Key.Stage,
                Count = g.Count(),
            })
            .ToListAsync(cancel);
        var counted = findings.Where(f => f.Stage != Stages.Dismissed).ToList();
        var overdue = await db.Findings.CountAsync(
            f => f.SiteId == site.Id && f.OpenedAt >= begin && f.OpenedAt < end && f.OverdueSince != null && f.OverAt == null,
            cancel
        );
        var times = await db
            .Findings.Where(f =>
                f.SiteId == site.Id
                && f.Stage == Stages.Closed
                && f.OpenedAt >= begin
                && f.OpenedAt < end
                && f.ConfirmedAt != null
                && f.OverAt != null
            )
            .Select(f => new { f.ConfirmedAt, f.OverAt })
            .ToListAsync(cancel);
        var hours = times.Select(t => (t.OverAt!.Value - t.ConfirmedAt!.Value).TotalHours).Order().ToList();
        var saved = await db
            .Records.Where(r => r.SiteId == site.Id && r.Day >= period.From && r.Day <= period.To)
            .Select(r => new
            {
                r.Kind,
                r.Day,
                r.Alarming,
            })
            .Distinct()
            .ToListAsync(cancel);
        var cases = await db
            .Cases.Where(c => c.SiteId == site.Id && c.CreatedAt >= begin && c.CreatedAt < end)
            .GroupBy(c => c.Answer != null)
            .Select(g => new { Answered = g.Key, Count = g.Count() })
            .ToListAsync(cancel);
        var staff = await db.Staff.Where(s => s.SiteId == site.Id && s.LeftOn == null).OrderBy(s => s.CertificateUntil).ToListAsync(cancel);
        var (from, to, records) = (Iso(period.From), Iso(period.To), db.Records);
        var signed = (
            await records
                .Where(r =>
                    r.SiteId == site.Id && r.Kind == RecordKinds.Report && r.Day >= period.From && !records.Any(c => c.Corrects == r.Id)
                )
                .OrderByDescending(r => r.At)
                .ToListAsync(cancel)
        ).Find(r => r.Values.GetValueOrDefault("from") == from && r.Values.GetValueOrDefault("to") == to);
        var so = Math.Max(0, Math.Min(period.To.DayNumber, today.DayNumber) - period.From.DayNumber + 1);
        var daily = RecordKinds.All.Where(k => k.Every == 1).Select(k => k.Name).ToList();
        var days = daily.ToDictionary(k => k, k => saved.Where(r => r.Kind == k).Select(r => r.Day).Distinct().Count());
        var figures = new Dictionary<string, int>
        {
            ["findings"] = counted.Sum(f => f.Count),
            ["closed"] = counted.Where(f => f.Stage == Stages.Closed).Sum(f => f.Count),
            ["overdue"] = overdue,
            ["dismissed"] = findings.Where(f => f.Stage == Stages.Dismissed).Sum(f => f.Count),
            ["records-kept"] = days.Values.Sum(),
            ["records-due"] = daily.Count * so,
            ["alarming"] = saved.Where(r => r.Alarming).Select(r => (r.Kind, r.Day)).Distinct().Count(),
            ["cases"] = cases.Sum(c => c.Count),
            ["answered"] = cases.Where(c => c.Answered).Sum(c => c.Count),
            ["staff-count"] = staff.Count,
            ["certified"] = staff.Count(s => s.CertificateUntil >= today),
        };
        return new(
            period,
            figures,
            counted.GroupBy(f => f.Kind).OrderByDescending(g => g.Sum(f => f.Count)).ToDictionary(g => g.Key, g => g.Sum(f => f.Count)),
            days,
            so,
            hours.Count == 0 ? null : (hours[(hours.Count - 1) / 2] + hours[hours.Count / 2]) / 2,
            staff.FindAll(s => s.CertificateState(today) != "valid"),
            signed
        );
    }

    /// <summary>Signs a period with its current figures; a second signature corrects the first, and both remain on record.</summary>
    /// <returns>Null on success, otherwise <c>missing</c>, <c>not-yours</c>, <c>day</c> or <c>field-remarks</c>.</returns>
    public async Task<string?> SignAsync(string siteId, SiteReportPeriod period, string remarks, Actor who, CancellationToken cancel)
    {
        string? fault = null;
        await audit.RecordAsync(
            async () =>
            {
                fault = null;
                if (await scope.Sites.SingleOrDefaultAsync(s => s.Id == siteId, cancel) is not { } site)
                    return Refuse("missing");
                if (!who.HasRole(Roles.Principal))
                    return Refuse("not-yours");
                if (period.From > RecordService.Today(site, time))
                    return Refuse("day");
                if (remarks.Length > LongestRemarks)
                    return Refuse("field-remarks");
                // If two principals sign at the same time, the second signature corrects the first.
                await TransactionLock.EnterAsync(db, TransactionLock.Reports, cancel);
                var report = await OfAsync(site, period, cancel);
                var values = report.Figures.ToDictionary(f => f.Key, f => f.Value.ToString(CultureInfo.InvariantCulture));
                (values["from"], values["to"]) = (Iso(period.From), Iso(period.To));
                if (remarks.Trim() is { Length: > 0 } said)
                    values["remarks"] = said;
                var now = time.GetUtcNow();
                var made = new KitchenRecord
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    SiteId = siteId,
                    Kind = RecordKinds.Report,
                    Day = RecordService.Today(site, time),
                    At = now,
                    PersonId = who.Id,
                    PersonName = who.Name,
                    Data = System.Text.Json.JsonSerializer.Serialize(values),
                    Corrects = report.Signed?.Id,
                };
                db.Records.Add(made);
                return new AuditNote(
                    who.Id,
                    AuditActions.Record,
                    siteId,
                    $"record/{made.Id}",
                    $"{RecordKinds.Report} {values["from"]}/{values["to"]}"
                );
            },
            cancel
        );
        return fault;

        AuditNote? Refuse(string why)
        {
            fault = why;
            return null;
        }
    }

    private static DateTimeOffset At(Site site, DateOnly day) =>
        new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), site.Zone.GetUtcOffset(day.ToDateTime(TimeOnly.MinValue))).ToUniversalTime();

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
