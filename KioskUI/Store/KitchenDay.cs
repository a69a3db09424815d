using BrightKitchen.Contracts;

namespace BrightKitchen.KioskUI.Store;

/// <summary>The server's latest data combined with the entries made here since.</summary>
/// <param name="Site">Null when no data was ever received.</param>
/// <param name="Passed">Ids of staff who passed today's morning check.</param>
/// <param name="Alerts">Alerts that were not answered at this kiosk.</param>
/// <param name="Entered">Today's records from this kiosk, newest first.</param>
internal sealed record KitchenNow(
    KioskSite? Site,
    DateTimeOffset LocalNow,
    IReadOnlySet<string> Passed,
    IReadOnlyList<KioskAlert> Alerts,
    IReadOnlyList<KioskSample> Samples,
    IReadOnlyList<KeptEntry> Entered
)
{
    public DateOnly Today => DateOnly.FromDateTime(LocalNow.DateTime);

    public int RecordsToday => Entered.Count(e => e.Entry.Kind != MorningCheck.Kind);

    public int CountOf(string kind) => Entered.Count(e => e.Entry.Kind == kind);

    public DateTimeOffset Local(DateTimeOffset time) => time.ToOffset(LocalNow.Offset);
}

/// <summary>Combines the server's data with local entries, so that the screen is correct also while the server is unreachable.</summary>
internal sealed class KitchenDay(KioskStore store, KioskClock clock)
{
    private static readonly TimeSpan SampleKept = TimeSpan.FromHours(48);

    public KitchenNow Now()
    {
        var (site, now) = (store.Site, clock.Now);
        var local = TimeZoneInfo.ConvertTime(
            now,
            site is not null && TimeZoneInfo.TryFindSystemTimeZoneById(site.TimeZone, out var zone)
                ? zone
                : TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai")
        );
        var midnight = new DateTimeOffset(local.Date, local.Offset);
        var entries = store.Since(now - SampleKept);
        var today = entries.Where(e => e.Entry.At >= midnight).ToList();
        var answered = entries.Where(e => e.Entry.Kind == KioskEntry.Answer && e.Fault is null).Select(e => e.Entry.Finding).ToHashSet();
        // Local checks count only until the server has settled them: afterwards its data takes precedence, because it includes corrections.
        var unsettled = today
            .Where(e => e is { Settled: false, Entry.Kind: MorningCheck.Kind })
            .GroupBy(e => e.Entry.StaffId)
            .ToDictionary(
                g => g.Key,
                g =>
                    MorningCheck.IsFit(
                        g.First().Entry.Values,
                        site?.Staff.FirstOrDefault(s => s.Id == g.Key)?.CertificateUntil >= DateOnly.FromDateTime(local.DateTime)
                    )
            );
        var passed = (site?.CheckedToday ?? [])
            .Where(s => unsettled.GetValueOrDefault(s, true))
            .Concat(unsettled.Where(u => u.Value).Select(u => u.Key))
            .ToHashSet();
        var known = (site?.Samples ?? []).Where(s => s.Until > now).ToList();
        var samples = known
            .Concat(
                entries
                    .Where(e => e is { Settled: false, Entry.Kind: "sample" } && known.All(k => k.Id != e.Entry.Id))
                    .Select(e => new KioskSample(
                        e.Entry.Id,
                        e.Entry.Values.GetValueOrDefault("dish", ""),
                        e.Entry.At,
                        e.Entry.At + SampleKept
                    ))
            )
            .OrderBy(s => s.Until)
            .ToList();
        return new(
            site,
            local,
            passed,
            [.. (site?.Alerts ?? []).Where(a => !answered.Contains(a.Id))],
            samples,
            [.. today.Where(e => e.Entry.Kind != KioskEntry.Answer)]
        );
    }
}
