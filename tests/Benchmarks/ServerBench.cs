using System.Collections.Concurrent;
using System.Diagnostics;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Fixtures;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.Benchmarks;

/// <summary>300 boxes and 1,000 watching pages on one server with SQLite, all on this machine.</summary>
internal static class ServerBench
{
    private const int Sites = 300;
    private const int PagesOfCity = 10;
    private const int PagesOfSites = 990;
    private const int PerSecond = 200;
    private const int Seconds = 60;
    private static readonly TimeSpan Full = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            var data = Path.Combine(folder, "data");
            await using var server = await CentralServerProcess.StartAsync(
                data,
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                BenchCity.Password,
                CancellationToken.None,
                ["--Serilog:MinimumLevel:Default", "Warning", "--SignIn:TriesPerMinute", "100000"]
            );
            IReadOnlyList<BenchBox> boxes;
            await using (var db = BenchCity.Sqlite(data))
                boxes = await BenchCity.FillAsync(db, Sites);
            say($"{Sites} boxes connect, {Sites} principals and an inspector sign in …");
            await Parallel.ForEachAsync(boxes, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (box, _) =>
                await box.ConnectAsync(server.Address)
            );
            using var stop = new CancellationTokenSource();
            var (sent, delays) = (new ConcurrentDictionary<string, long>(), new ConcurrentBag<double>());
            var pages = await WatchAsync(server.Address, sent, delays, stop.Token);
            say($"{PerSecond} findings a second for {Seconds} s, {pages.Count} pages watch …");
            var before = server.Child.ProcessorSeconds;
            var late = await SendAsync(boxes, sent);
            var share = (server.Child.ProcessorSeconds - before) / Seconds / Environment.ProcessorCount;
            await Task.Delay(2000);
            var sorted = delays.Order().ToList();
            var expected = (long)PerSecond * Seconds * PagesOfCity;
            say($"as many findings a second as go, {Full.TotalSeconds:0} s …");
            var ingest = await FloodAsync(boxes);
            await stop.CancelAsync();
            await Task.WhenAll(pages);
            foreach (var box in boxes)
                await box.DisposeAsync();
            var bare = await BareAsync(folder);
            return
            [
                new(
                    "events.p99_ms",
                    Percentile(sorted, 0.99),
                    "ms",
                    "box's call to the page's line; the limit is 1000; worst "
                        + $"{(sorted.Count == 0 ? 0 : sorted[^1]):0}, p50 {Percentile(sorted, 0.5):0}",
                    sorted.Count
                ),
                new(
                    "events.missing",
                    Math.Max(0, expected + ((long)PerSecond * Seconds * PagesOfSites / Sites) - sorted.Count),
                    "events",
                    "told to no page that should have it; 0 is the goal",
                    expected
                ),
                new("events.late_calls", late, "calls", "of the boxes that failed; 0 is the goal", PerSecond * Seconds),
                new("events.server_cpu", share, "of all cores", "at that load", PerSecond * Seconds),
                new(
                    "events.ingest_per_s",
                    ingest,
                    "findings/s",
                    "acknowledged, 300 boxes with 4 calls each under way",
                    (long)(ingest * Full.TotalSeconds)
                ),
                new(
                    "events.vs_bare_insert",
                    ingest / bare,
                    "x",
                    $"bare inserts of the same rows, 200 in a transaction, into the same kind of database: {bare:0}/s",
                    (long)(bare * 5)
                ),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static double Percentile(List<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Min((int)(sorted.Count * share), sorted.Count - 1)];

    private static async Task<List<Task>> WatchAsync(
        Uri server,
        ConcurrentDictionary<string, long> sent,
        ConcurrentBag<double> delays,
        CancellationToken stop
    )
    {
        var open = new CountdownEvent(PagesOfCity + PagesOfSites);
        var pages = new ConcurrentBag<Task>();
        var inspector = await BenchCity.SignInAsync(server, "inspector");
        for (var i = 0; i < PagesOfCity; i++)
            pages.Add(PageAsync(inspector));
        await Parallel.ForEachAsync(Enumerable.Range(0, Sites), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (site, _) =>
        {
            var principal = await BenchCity.SignInAsync(server, BenchCity.Principal(site));
            for (var i = site; i < PagesOfSites; i += Sites)
                pages.Add(PageAsync(principal));
        });
        await Task.Run(() => open.Wait(TimeSpan.FromSeconds(120)), CancellationToken.None);
        return [.. pages];

        async Task PageAsync(HttpClient client)
        {
            try
            {
                using var answer = await client.GetAsync("/findings/feed", HttpCompletionOption.ResponseHeadersRead, stop);
                using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
                open.Signal();
                while (await lines.ReadLineAsync(stop) is { } line)
                {
                    if (line.Length == 38 && line.StartsWith("data: ", StringComparison.Ordinal) && sent.TryGetValue(line[6..], out var at))
                        delays.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The end.
            }
        }
    }

    /// <returns>How many calls failed.</returns>
    private static async Task<int> SendAsync(IReadOnlyList<BenchBox> boxes, ConcurrentDictionary<string, long> sent)
    {
        var calls = new List<Task>();
        var failed = 0;
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < PerSecond * Seconds; i++)
        {
            // On a clock of its own: a slow server does not slow what happens in kitchens.
            var due = TimeSpan.FromSeconds((double)i / PerSecond) - Stopwatch.GetElapsedTime(begin);
            if (due > TimeSpan.Zero)
                await Task.Delay(due);
            var (box, finding) = (boxes[i % boxes.Count], BenchBox.Finding());
            sent[finding.Id.ToString()] = Stopwatch.GetTimestamp();
            calls.Add(CallAsync());

            async Task CallAsync()
            {
                try
                {
                    await box.ReportAsync(finding).WaitAsync(TimeSpan.FromSeconds(30));
                }
                catch (Exception e)
                    when (e is TimeoutException or InvalidOperationException or IOException or Microsoft.AspNetCore.SignalR.HubException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }

        await Task.WhenAll(calls);
        return failed;
    }

    private static async Task<double> FloodAsync(IReadOnlyList<BenchBox> boxes)
    {
        var (done, since) = (0L, Stopwatch.StartNew());
        await Task.WhenAll(
            boxes.SelectMany(box =>
                Enumerable
                    .Range(0, 4)
                    .Select(async _ =>
                    {
                        while (since.Elapsed < Full)
                        {
                            await box.ReportAsync(BenchBox.Finding());
                            Interlocked.Increment(ref done);
                        }
                    })
            )
        );
        return done / since.Elapsed.TotalSeconds;
    }

    // The same two rows a finding, by the provider alone.
    private static async Task<double> BareAsync(string folder)
    {
        var data = Path.Combine(folder, "bare");
        Directory.CreateDirectory(data);
        await using (var db = BenchCity.Sqlite(data))
        {
            await db.Database.MigrateAsync();
            db.Sites.AddRange(Enumerable.Range(0, 300).Select(i => new Site { Id = $"s{i}", Name = $"s{i}" }));
            db.Boxes.Add(
                new Box
                {
                    Id = "b",
                    SiteId = "s0",
                    Name = "b",
                    PublicKey = "",
                }
            );
            await db.SaveChangesAsync();
        }

        await using var line = new SqliteConnection($"Data Source={Path.Combine(data, "central.db")}");
        await line.OpenAsync();
        var (count, since) = (0L, Stopwatch.StartNew());
        while (since.Elapsed < TimeSpan.FromSeconds(5))
        {
            await using var transaction = (SqliteTransaction)await line.BeginTransactionAsync();
            await using var finding = Command(
                """INSERT INTO "Findings" ("Id","BoxId","SiteId","Camera","Zone","Kind","OpenedAt","ReceivedAt","Score","Tier","Stage","DueAt","Level","Boxes","Models") VALUES ($id,$box,$site,'line','serving','no-mask',$at,$at,0.9,3,$stage,$at,0,$boxes,'person 1, face 1')"""
            );
            await using var step = Command(
                """INSERT INTO "FindingSteps" ("FindingId","At","PersonId","PersonName","Step","From","To","Text","DueAt") VALUES ($id,$at,'','',$step,'',$stage,'',$at)"""
            );
            for (var i = 0; i < 200; i++)
            {
                var (id, at) = (Guid.CreateVersion7().ToString("N"), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
                foreach (
                    var (command, values) in new (SqliteCommand, (string, object)[])[]
                    {
                        (
                            finding,
                            [
                                ("$id", id),
                                ("$box", "b"),
                                ("$site", $"s{count % 300}"),
                                ("$at", at),
                                ("$stage", Stages.Notified),
                                ("$boxes", """[{"label":"face","score":0.9}]"""),
                            ]
                        ),
                        (step, [("$id", id), ("$at", at), ("$step", Steps.Notify), ("$stage", Stages.Notified)]),
                    }
                )
                {
                    command.Parameters.Clear();
                    foreach (var (name, value) in values)
                        command.Parameters.AddWithValue(name, value);
                    await command.ExecuteNonQueryAsync();
                }

                count++;
            }

            await transaction.CommitAsync();

            SqliteCommand Command(string text)
            {
                var command = line.CreateCommand();
                (command.CommandText, command.Transaction) = (text, transaction);
                return command;
            }
        }

        return count / since.Elapsed.TotalSeconds;
    }
}
