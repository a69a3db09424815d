using System.Text.Json;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>Calculates the risk of every site from findings, devices, staff and cases.</summary>
internal sealed class RiskCalculator(CentralDb db, RiskOptions options, TimeProvider time)
{
    internal const long RefreshLock = 0x7269736b;

    /// <summary>
    /// Recalculates all scores and writes those that changed; pages read only the stored scores, so that their cost does not depend on the
    /// number of findings.
    /// </summary>
    /// <returns>How many rows changed; null if another server is refreshing.</returns>
    public async Task<int?> RefreshAsync(CancellationToken cancel)
    {
        // SQLite means a single server, and a transaction would make writers wait during the reads.
        if (!db.Database.IsNpgsql())
            return await RefreshWithinAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (!await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({RefreshLock}) AS \"Value\"").SingleAsync(cancel))
            return null;
        var changed = await RefreshWithinAsync(cancel);
        await transaction.CommitAsync(cancel);
        return changed;
    }

    private async Task<int> RefreshWithinAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var from = now - options.Window;
        var today = CityTime.DateOf(now);
        var confirmed = (
            await db
                .Findings.Where(f => f.OpenedAt > from && Stages.Public.Contains(f.Stage))
                .GroupBy(f => new
                {
                    f.SiteId,
                    f.Kind,
                    f.Tier,
                })
                .Select(g => new
                {
                    g.Key.SiteId,
                    g.Key.Kind,
                    g.Key.Tier,
                    Count = g.Count(),
                })
                .ToListAsync(cancel)
        ).ToLookup(g => g.SiteId);
        var overdue = await db
            .Findings.Where(f => f.OverdueSince != null && !Stages.Over.Contains(f.Stage))
            .GroupBy(f => f.SiteId)
            .Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        var seen = await db
            .Boxes.Where(b => b.RevokedAt == null)
            .GroupBy(b => b.SiteId)
            .Select(g => new { g.Key, Last = g.Max(b => b.LastSeenAt ?? b.EnrolledAt) })
            .ToDictionaryAsync(g => g.Key, g => g.Last, cancel);
        var certificates = await db
            .Staff.Where(s => s.LeftOn == null && (s.CertificateUntil == null || s.CertificateUntil < today))
            .GroupBy(s => s.SiteId)
            .Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        var cases = await db
            .Cases.Where(c => c.CreatedAt > from || c.Answer == null)
            .GroupBy(c => c.SiteId)
            .Select(g => new
            {
                g.Key,
                All = g.Count(),
                Late = g.Count(c => c.Answer == null && c.DueAt < now),
            })
            .ToDictionaryAsync(g => g.Key, g => (g.All, g.Late), cancel);

        var known = await db.Risks.ToDictionaryAsync(r => r.SiteId, cancel);
        foreach (var site in await db.Sites.Select(s => s.Id).ToListAsync(cancel))
        {
            List<RiskReason> reasons = [];
            void Add(string code, double count, double points, double most)
            {
                if (points > 0)
                    reasons.Add(new(code, count, Math.Round(Math.Min(points, most), 1)));
            }

            var kinds = confirmed[site].ToList();
            Add(
                RiskReasons.Findings,
                kinds.Sum(k => k.Count),
                options.PointsOf(kinds.Sum(k => k.Count * options.PerFinding[Math.Clamp(k.Tier, 1, 3) - 1])),
                options.MostOfFindings
            );
            var repeats = kinds.GroupBy(k => k.Kind).Count(g => g.Sum(k => k.Count) >= options.RepeatFrom);
            Add(RiskReasons.Repeats, repeats, repeats * options.PerRepeat, options.MostOfRepeats);
            var late = overdue.GetValueOrDefault(site);
            Add(RiskReasons.Overdue, late, late * options.PerOverdue, options.MostOfOverdue);
            var hours = seen.TryGetValue(site, out var last) ? Math.Floor((now - last).TotalHours) : 0;
            Add(RiskReasons.Offline, hours, hours * options.PerOfflineHour, options.MostOfOffline);
            var expired = certificates.GetValueOrDefault(site);
            Add(RiskReasons.Certificates, expired, expired * options.PerCertificate, options.MostOfCertificates);
            var (all, unanswered) = cases.GetValueOrDefault(site);
            Add(RiskReasons.Cases, all, (all + (3 * unanswered)) * options.PerCase, options.MostOfCases);

            if (!known.TryGetValue(site, out var row))
                db.Risks.Add(row = new SiteRisk { SiteId = site, At = now });
            var score = (int)Math.Min(Math.Round(reasons.Sum(r => r.Points)), 100);
            var (grade, because) = (options.GradeOf(score), JsonSerializer.Serialize(reasons.OrderByDescending(r => r.Points)));
            if ((row.Score, row.Grade, row.Because) == (score, grade, because))
                continue;
            (row.Score, row.Grade, row.Because, row.At) = (score, grade, because, now);
        }

        return await db.SaveChangesAsync(cancel);
    }
}
