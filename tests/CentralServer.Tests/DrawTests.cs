using System.Diagnostics;
using System.Text.Json;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Fixtures;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The double random draw.</summary>
public sealed class DrawTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_names_behind_a_draw_are_read_once_however_many_rows_a_page_has()
    {
        var names = Enumerable.Range(0, 5000).ToDictionary(i => $"s-{i}", i => $"site {i}");
        var draw = new InspectionDraw
        {
            PersonId = "",
            RegionId = "",
            Seed = "",
            From = "{}",
            Names = JsonSerializer.Serialize(names),
        };
        draw.Behind("s-4999").ShouldBe("site 4999");
        draw.Behind("unknown").ShouldBe("unknown");
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var id in names.Keys)
            _ = draw.Behind(id);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000, "5000 names are a megabyte each time they are read");
    }

    [Fact]
    public void The_same_seed_gives_the_same_draw_whatever_the_order_of_the_lists()
    {
        var input = Input(50, 6, count: 12);
        var drawn = DrawRule.Draw("20261125-37-04", input);
        drawn.Count.ShouldBe(12);
        drawn.Select(d => d.Site).Distinct().Count().ShouldBe(12);
        drawn.ShouldAllBe(d => d.Inspectors.Count == 2 && d.Inspectors[0] != d.Inspectors[1]);
        var shuffled = input with { Sites = [.. input.Sites.Reverse()], Inspectors = [.. input.Inspectors.Reverse()] };
        Flat(DrawRule.Draw("20261125-37-04", shuffled)).ShouldBe(Flat(drawn));
        Flat(DrawRule.Draw("20261125-37-05", input)).ShouldNotBe(Flat(drawn));
    }

    [Fact]
    public void Work_is_spread_evenly_and_nobody_is_sent_where_they_may_not_go()
    {
        var input = Input(60, 5, count: 30);
        var limited = input with { Inspectors = [.. input.Inspectors, new("local", ["site-01", "site-02"])] };
        var drawn = DrawRule.Draw("seed", limited);
        drawn.Where(d => d.Inspectors.Contains("local")).ShouldAllBe(d => d.Site == "site-01" || d.Site == "site-02");
        var loads = drawn.SelectMany(d => d.Inspectors).Where(i => i != "local").GroupBy(i => i).Select(g => g.Count()).ToList();
        (loads.Max() - loads.Min()).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void More_risk_is_drawn_more_often_in_the_measure_of_its_lots()
    {
        // One site of four lots among 40 of one: drawn first with 4 chances in 44.
        var input = new DrawInput(
            [.. Enumerable.Range(0, 40).Select(i => new DrawSite($"low-{i}", "", 1)), new DrawSite("high", "", 4)],
            [],
            1
        );
        var first = Enumerable.Range(0, 5000).Count(seed => DrawRule.Draw($"{seed}", input)[0].Site == "high");
        // 454.5 expected, standard deviation 20.3: five of them either way.
        first.ShouldBeInRange(353, 556);
    }

    [Fact]
    public void The_rule_is_what_its_words_say()
    {
        // Worked out with sha256sum: the least lots are S2 1a58…, S3 2d2d… (its second), S1 d6f6…; P1 comes before P2 for S2 and S1.
        Flat(DrawRule.Draw("a", new([new("S1", "", 1), new("S2", "", 1), new("S3", "", 2)], [new("P1"), new("P2")], 3, 1)))
            .ShouldBe(["S2: P1", "S3: P2", "S1: P1"]);
    }

    [Fact]
    public async Task Before_the_inspections_the_public_learns_the_commitment_and_nothing_else()
    {
        using var regulator = await server.SignInAsync("regulator");
        var page = await BeginAsync(regulator, source: "");
        using var anybody = server.Client();
        var begun = await anybody.GetStringAsync(page + "/published.json", Cancel);
        await RunningServer.PostFormAsync(regulator, page, page + "/draw", []);
        (await regulator.GetStringAsync(page, Cancel)).ShouldContain("第一小学食堂", Case.Sensitive, "officials see it");
        var drawn = await anybody.GetStringAsync(page + "/published.json", Cancel);
        var inspector = await server.WithDbAsync(db => Task.FromResult(db.Users.Single(u => u.UserName == "inspector").Id));
        foreach (var text in new[] { begun, drawn })
        {
            foreach (var secret in new[] { "第一小学食堂", await server.DemoSiteAsync(), inspector, "seed", "lists" })
                System.Text.RegularExpressions.Regex.Unescape(text).ShouldNotContain(secret);
            var read = Read(text);
            (read.Seed, read.Lists, read.Drawn, read.Results).ShouldBe((null, null, null, null));
        }

        var (before, after) = (Read(begun), Read(drawn));
        (before.State, after.State, before.Commitment).ShouldBe(("begun", "drawn", after.Commitment));
        before.Commitment.ShouldMatch("^[0-9a-f]{64}$");
        (await VerifyAsync(drawn)).ShouldStartWith("2 ");
    }

    [Fact]
    public async Task Once_every_inspection_has_its_result_anybody_verifies_the_draw_against_its_commitment()
    {
        using var regulator = await server.SignInAsync("regulator");
        using var anybody = server.Client();
        var page = await BeginAsync(regulator, "福彩 2026131", ("seed", new('7', 64)));
        var commitment = Read(await anybody.GetStringAsync(page + "/published.json", Cancel)).Commitment;
        RunningServer
            .FaultOf(await RunningServer.PostFormAsync(regulator, page, page + "/draw", []))
            .ShouldBe("draw-number", "a number was promised");
        await RunningServer.PostFormAsync(regulator, page, page + "/draw", new() { ["text"] = "3 8 1" });
        RunningServer
            .FaultOf(await RunningServer.PostFormAsync(regulator, page, page + "/draw", new() { ["text"] = "9 9 9" }))
            .ShouldBe("not-now", "it is drawn once");
        using var inspector = await server.SignInAsync("inspector");
        var site = System
            .Text.RegularExpressions.Regex.Match(await inspector.GetStringAsync(page, Cancel), "name=\"site\" value=\"(s-[a-z0-9]+)\"")
            .Groups[1]
            .Value;
        await RunningServer.PostFormAsync(inspector, page, page + "/results", new() { ["site"] = site, ["text"] = "合格" });
        var text = await anybody.GetStringAsync(page + "/published.json", Cancel);
        var published = Read(text);
        (published.State, published.Commitment, published.Number, published.Drawn!.Count, published.Results!.Single().Text).ShouldBe(
            ("published", commitment, "3 8 1", 1, "合格")
        );
        text.ShouldNotContain(await server.DemoSiteAsync(), Case.Sensitive, "its ids open nothing");
        published.Seed!.ShouldMatch("^[0-9a-f]{64}$");
        published.Seed.ShouldNotBe(new('7', 64), "no one chose it");
        (await VerifyAsync(text, commitment)).ShouldStartWith("0 ");
        (await VerifyAsync(text, new('0', 64))).ShouldContain("differs from the one that was noted");
        foreach (
            var forged in new[]
            {
                published with
                {
                    Seed = DrawSeal.NewSeed(),
                },
                published with
                {
                    Lists = published.Lists!.Replace("\"lots\":", "\"lots\":1", StringComparison.Ordinal),
                },
                published with
                {
                    Drawn = [published.Drawn[0] with { Inspectors = ["p-nobody"] }],
                },
            }
        )
            (await VerifyAsync(JsonSerializer.Serialize(forged, PublishedDraw.Json))).ShouldStartWith("1 ");
        (await VerifyAsync(JsonSerializer.Serialize(published with { Number = "another" }, PublishedDraw.Json))).ShouldNotContain(
            "check that 福彩 2026131 was 3 8 1"
        );
        (await VerifyAsync("{}")).ShouldContain("is not a published draw");
    }

    [Fact]
    public async Task No_official_chooses_a_seed_and_what_was_begun_stays_on_record_when_it_is_dropped()
    {
        using var regulator = await server.SignInAsync("regulator");
        var commitments = new HashSet<string>();
        using var anybody = server.Client();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            var page = await BeginAsync(regulator, source: "", ("seed", "the same"));
            var commitment = Read(await anybody.GetStringAsync(page + "/published.json", Cancel)).Commitment;
            var number = int.Parse(page.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);
            var lists = await server.WithDbAsync(db => Task.FromResult(db.Draws.Single(d => d.Id == number).From));
            // Each draw's lists have ids of their own, so that commitments differ whatever the seed is.
            DrawSeal.CommitmentOf("the same", lists).ShouldNotBe(commitment, "the server makes each seed");
            commitments.Add(commitment);
            RunningServer
                .FaultOf(await RunningServer.PostFormAsync(regulator, page, page + "/drop", new() { ["text"] = " " }))
                .ShouldBe("needs-text");
            await RunningServer.PostFormAsync(regulator, page, page + "/drop", new() { ["text"] = "名单有误" });
            var dropped = Read(await anybody.GetStringAsync(page + "/published.json", Cancel));
            (dropped.State, dropped.Dropped, dropped.Seed).ShouldBe(("dropped", "名单有误", null));
            RunningServer.FaultOf(await RunningServer.PostFormAsync(regulator, page, page + "/draw", [])).ShouldBe("not-now");
        }

        commitments.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Of_two_officials_who_draw_at_once_one_is_told_that_it_is_done()
    {
        using var one = await server.SignInAsync("regulator");
        using var other = await server.SignInAsync("regulator");
        var page = await BeginAsync(one, "福彩 2026132");
        var tokens = await Task.WhenAll(
            new[] { one, other }.Select(async c => RunningServer.TokenOf(await c.GetStringAsync(page, Cancel)))
        );
        var answers = await Task.WhenAll(
            new[] { one, other }.Select(
                (c, i) =>
                    c.PostAsync(
                        page + "/draw",
                        RunningServer.Form(new() { ["text"] = $"{i}", ["__RequestVerificationToken"] = tokens[i] }),
                        Cancel
                    )
            )
        );
        answers.Select(RunningServer.FaultOf).Order().ShouldBe([null, "not-now"]);
    }

    [Fact]
    public async Task A_draw_of_nothing_or_of_a_foreign_region_is_refused()
    {
        using var regulator = await server.SignInAsync("regulator");
        var (city, soon) = (await server.RegionAsync(foreign: false), Day(5));
        foreach (
            var (region, count, on) in new[]
            {
                (await server.RegionAsync(foreign: true), "3", soon),
                (city, "0", soon),
                ("", "3", soon),
                (city, "3", Day(-1)),
                (city, "3", Day(400)),
                (city, "3", ""),
            }
        )
        {
            using var answer = await RunningServer.PostFormAsync(
                regulator,
                "/draws",
                "/draws/new",
                new()
                {
                    ["region"] = region,
                    ["count"] = count,
                    ["publishOn"] = on,
                    ["source"] = "彩票第一期",
                }
            );
            RunningServer.FaultOf(answer).ShouldBe("draw");
            (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain(
                "value=\"彩票第一期\"",
                Case.Sensitive,
                "what was typed is there"
            );
        }
    }

    private static string Day(int days) =>
        CityTime.Today(TimeProvider.System).AddDays(days).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static PublishedDraw Read(string json) => JsonSerializer.Deserialize<PublishedDraw>(json, PublishedDraw.Json)!;

    private async Task<string> BeginAsync(HttpClient regulator, string source, params (string Field, string Value)[] more)
    {
        // The township of the demo's school alone: other tests make schools elsewhere.
        var place = await server.WithDbAsync(db => Task.FromResult(db.Sites.Single(s => s.Name == "第一小学食堂").RegionId!));
        Dictionary<string, string> form = new()
        {
            ["region"] = place,
            ["count"] = "1",
            ["source"] = source,
            ["publishOn"] = Day(30),
        };
        foreach (var (field, value) in more)
            form[field] = value;
        var page = (await RunningServer.PostFormAsync(regulator, "/draws", "/draws/new", form)).Headers.Location!.ToString();
        page.ShouldMatch("^/draws/[0-9]+$");
        return page;
    }

    private static DrawInput Input(int sites, int inspectors, int count) =>
        new(
            [.. Enumerable.Range(0, sites).Select(i => new DrawSite($"site-{i:00}", $"{i}", (i % 4) + 1))],
            [.. Enumerable.Range(0, inspectors).Select(i => new DrawInspector($"p{i}"))],
            count
        );

    private static IEnumerable<string> Flat(IEnumerable<DrawnSite> drawn) =>
        drawn.Select(d => $"{d.Site}: {string.Join(' ', d.Inspectors)}");

    private static async Task<string> VerifyAsync(string published, string? commitment = null)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, published, Cancel);
            string[] noted = commitment is null ? [] : ["--commitment", commitment];
            using var draw = Process.Start(
                new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), "draw", "--from", file, .. noted])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var said = await draw.StandardOutput.ReadToEndAsync(Cancel) + await draw.StandardError.ReadToEndAsync(Cancel);
            await draw.WaitForExitAsync(Cancel);
            return $"{draw.ExitCode} {said}";
        }
        finally
        {
            File.Delete(file);
        }
    }
}
