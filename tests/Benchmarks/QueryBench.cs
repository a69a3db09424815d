using System.Diagnostics;
using System.Globalization;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.Benchmarks;

/// <summary>Every list and figure with 1,000,000 findings on record, on both databases, asked for as people and programs do.</summary>
internal static class QueryBench
{
    private const int Findings = 1_000_000;
    private const int Sites = 300;
    private const int Days = 90;
    private const int Asked = 40;
    private const int Limit = 200;
    private const int Batch = 10_000;

    private static readonly (string Who, string Path)[] Pages =
    [
        ("inspector", "/"),
        ("inspector", "/?show=open"),
        ("inspector", "/?show=overdue"),
        ("inspector", "/?show=appealed"),
        ("inspector", "/?show=over"),
        (BenchCity.Principal(7), "/"),
        (BenchCity.Principal(7), "/?show=open"),
        (BenchCity.Principal(7), "/?show=over"),
        (BenchCity.Principal(7), "/school"),
        ("parent", "/school"),
        ("regulator", "/risk"),
        ("regulator", "/cases"),
        ("regulator", "/audit"),
        ("regulator", "/draws"),
        ("regulator", "/wall/figures"),
        ("regulator", "/report.csv"),
        ("inspector", "/desk/queue"),
        (BenchCity.Principal(7), "/today"),
        (BenchCity.Principal(7), "/records"),
        ("admin", "/regions"),
        ("admin", "/boxes"),
        ("inspector", "/records/SITE/report?span=term"),
        ("admin", "/people"),
        ("inspector", "/api/v1/findings"),
        ("inspector", "/api/v1/findings?kind=rodent"),
        ("inspector", "/api/v1/findings?stage=closed"),
        ("inspector", "/api/v1/findings?stage=dismissed&limit=200"),
        ("inspector", "/api/v1/findings?site=SITE"),
        ("inspector", "/api/v1/findings?after=AFTER"),
        ("inspector", "/api/v1/sites"),
        ("inspector", "/api/v1/cases"),
        ("inspector", "/findings/FINDING"),
    ];

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-queries-").FullName;
        try
        {
            var figures = new List<Figure>();
            figures.AddRange(await OnAsync("sqlite", Path.Combine(folder, "sqlite"), null, say));
            await using var postgres = await PostgresServer.StartAsync(CancellationToken.None);
            figures.AddRange(await OnAsync("postgres", Path.Combine(folder, "postgres"), postgres.NewDatabase(), say));
            return figures;
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<IReadOnlyList<Figure>> OnAsync(string name, string data, string? postgres, Action<string> say)
    {
        string[] database = postgres is null ? [] : ["--ConnectionStrings:Postgres", postgres];
        CentralDb Open() =>
            postgres is null
                ? BenchCity.Sqlite(data)
                : new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(postgres).Options);
        await using var server = await CentralServerProcess.StartAsync(
            data,
            data + ".log",
            LoopbackPort.Free(),
            BenchCity.Password,
            CancellationToken.None,
            ["--Serilog:MinimumLevel:Default", "Warning", "--Api:RequestsPerMinute", "1000000", .. database]
        );
        await using (var db = Open())
            await BenchCity.FillAsync(db, Sites);
        var since = Stopwatch.StartNew();
        var (site, finding, after) = await FillAsync(Open);
        say($"{name}: {Findings:N0} findings put in, {since.Elapsed.TotalSeconds:0} s");
        var (worst, slowest) = (0.0, "");
        foreach (var group in Pages.GroupBy(p => p.Who))
        {
            using var client = await BenchCity.SignInAsync(server.Address, group.Key);
            foreach (var (_, path) in group)
            {
                var asked = path.Replace("SITE", site, StringComparison.Ordinal)
                    .Replace("FINDING", finding, StringComparison.Ordinal)
                    .Replace("AFTER", after, StringComparison.Ordinal);
                var times = new List<double>();
                for (var i = 0; i < Asked + 3; i++)
                {
                    var begin = Stopwatch.GetTimestamp();
                    using var answer = await client.GetAsync(asked);
                    answer.EnsureSuccessStatusCode();
                    await answer.Content.ReadAsByteArrayAsync();
                    // The first ones compile the page.
                    if (i >= 3)
                        times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }

                times.Sort();
                var p95 = times[(int)(times.Count * 0.95)];
                say(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name, -9} {group.Key, -12} {path, -48} p50 "
                            + $"{times[times.Count / 2], 7:0.0} ms  p95 {p95, 7:0.0} ms{(p95 > Limit ? "  OVER" : "")}"
                    )
                );
                if (p95 > worst)
                    (worst, slowest) = (p95, $"{path} of {group.Key}");
            }
        }

        return
        [
            new($"queries.{name}_worst_p95_ms", worst, "ms", $"the limit is {Limit}; the slowest of {Pages.Length} is {slowest}", Asked),
        ];
    }

    private static async Task<(string Site, string Finding, string After)> FillAsync(Func<CentralDb> open)
    {
        var random = new Random(1);
        List<Site> sites;
        Dictionary<string, string> boxes;
        await using (var db = open())
        {
            sites = await db.Sites.Where(s => s.Name.StartsWith("bench")).ToListAsync();
            boxes = await db.Boxes.ToDictionaryAsync(b => b.SiteId, b => b.Id);
        }

        var now = TimeProvider.System.GetUtcNow();
        var lives = sites.ConvertAll(s => new SeededLife(random, s, boxes[s.Id], now));
        var (left, last, middle) = (Findings, "", "");
        while (left > 0)
        {
            await using var db = open();
            db.ChangeTracker.AutoDetectChangesEnabled = false;
            for (var i = 0; i < Batch && left > 0; )
            {
                if (lives[random.Next(lives.Count)].Next(now.AddDays(-Days * random.NextDouble())) is not var (finding, steps))
                    continue;
                if (random.Next(500) == 0)
                    finding.AppealedAt = finding.OpenedAt;
                db.Findings.Add(finding);
                // The steps of all would be five million rows that no list reads.
                if (left % 1000 == 0)
                {
                    db.FindingSteps.AddRange(steps);
                    (last, middle) = (
                        finding.Id,
                        finding.OpenedAt < now.AddDays(-Days / 2) ? $"{finding.OpenedAt.ToUnixTimeMilliseconds()}_{finding.Id}" : middle
                    );
                }

                i++;
                left--;
            }

            await db.SaveChangesAsync();
        }

        await using (var db = open())
        {
            // As the databases' own upkeep does by and by.
            await db.Database.ExecuteSqlRawAsync(db.Database.IsNpgsql() ? "ANALYZE" : "PRAGMA optimize");
        }

        return (sites[11].Id, last, middle);
    }
}
