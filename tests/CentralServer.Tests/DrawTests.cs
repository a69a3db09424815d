using System.Diagnostics;
using System.Net;
using System.Text.Json;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.KitchenStack;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The double random draw.</summary>
public sealed class DrawTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
        var input = new DrawInput([.. Enumerable.Range(0, 40).Select(i => new DrawSite($"low-{i}", "", 1)), new DrawSite("high", "", 4)], [], 1);
        var first = Enumerable.Range(0, 5000).Count(seed => DrawRule.Draw($"{seed}", input)[0].Site == "high");
        // 454.5 expected, standard deviation 20.3: five of them either way.
        first.ShouldBeInRange(353, 556);
    }

    [Fact]
    public void The_rule_is_what_its_words_say()
    {
        // Worked out with sha256sum: the least lots are S2 1a58…, S3 2d2d… (its second), S1 d6f6…; P1 comes before P2 for S2 and S1.
        Flat(DrawRule.Draw("a", new([new("S1", "", 1), new("S2", "", 1), new("S3", "", 2)], [new("P1"), new("P2")], 3, 1))).ShouldBe(["S2: P1", "S3: P2", "S1: P1"]);
    }

    [Fact]
    public async Task A_regulator_draws_and_anybody_makes_it_again_from_what_is_published()
    {
        using var regulator = await server.SignInAsync("regulator");
        var city = await server.RegionAsync(foreign: false);
        var answer = await RunningServer.PostFormAsync(regulator, "/draws", "/draws/new", new() { ["region"] = city, ["count"] = "1", ["seed"] = "福彩 2026131: 3 8 1" });
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var page = answer.Headers.Location!.ToString();
        (await regulator.GetStringAsync(page, Cancel)).ShouldContain("第一小学食堂");
        using var anybody = server.Client();
        var published = await anybody.GetStringAsync(page + "/published.json", Cancel);
        JsonSerializer.Deserialize<PublishedDraw>(published, PublishedDraw.Json)!.Drawn.Count.ShouldBe(1);
        (await DrawAsync(published, "福彩 2026131: 3 8 1")).ShouldStartWith("0 ");
        (await DrawAsync(published, "another")).ShouldContain("NOT what was published");
        (await DrawAsync("{}", "x")).ShouldContain("is no published draw");
    }

    [Fact]
    public async Task A_draw_of_nothing_or_of_a_foreign_region_is_refused()
    {
        using var regulator = await server.SignInAsync("regulator");
        foreach (var (region, count) in new[] { (await server.RegionAsync(foreign: true), "3"), (await server.RegionAsync(foreign: false), "0"), ("", "3") })
            (await RunningServer.PostFormAsync(regulator, "/draws", "/draws/new", new() { ["region"] = region, ["count"] = count })).Headers.Location!.ToString().ShouldBe("/draws?fault=draw");
    }

    private static DrawInput Input(int sites, int inspectors, int count) =>
        new([.. Enumerable.Range(0, sites).Select(i => new DrawSite($"site-{i:00}", $"{i}", (i % 4) + 1))], [.. Enumerable.Range(0, inspectors).Select(i => new DrawInspector($"p{i}"))], count);

    private static IEnumerable<string> Flat(IEnumerable<DrawnSite> drawn) => drawn.Select(d => $"{d.Site}: {string.Join(' ', d.Inspectors)}");

    private static async Task<string> DrawAsync(string published, string seed)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, published, Cancel);
            using var draw = Process.Start(new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), "draw", "--seed", seed, "--from", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
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
