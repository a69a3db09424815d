using System.Net;
using System.Net.Http.Json;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EndToEnd;

/// <summary>The shipped nginx configuration in front of the real server: any number of viewers cost it each fragment once.</summary>
public sealed class NginxTests(RunningKitchen running)
{
    private const int Viewers = 12;
    private const int Fragments = 15;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Viewers_multiply_in_nginx_and_the_server_gives_each_fragment_once()
    {
        await using var nginx = await NginxServer.StartAsync(
            Path.Combine(Path.GetTempPath(), $"brightkitchen-nginx-{Guid.NewGuid():N}"),
            running.Kitchen.ServerAddress,
            Cancel
        );
        var manager = await running.SignInAsync("manager");
        await manager.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/school").ToString());
        var visit = await manager.GetAttributeAsync("a[href^='/visit/']", "href");
        var page = await running.Browser.NewPageAsync(
            new()
            {
                ViewportSize = new() { Width = 390, Height = 844 },
            }
        );
        await page.GotoAsync(new Uri(nginx.Address, visit).ToString());
        var begun = 0.0;
        await RunningKitchen.UntilAsync(
            async () => (begun = await Pictures.ClockAsync(page, "[data-live] video")) > 0,
            TimeSpan.FromSeconds(60),
            "the page plays through nginx"
        );
        await RunningKitchen.UntilAsync(
            async () => await Pictures.ClockAsync(page, "[data-live] video") > begun + 3,
            TimeSpan.FromSeconds(60),
            "and goes on"
        );
        var source = (await page.GetAttributeAsync("[data-live]", "data-live"))!;
        await RunningKitchen.CloseAsync(page, manager);

        await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ => FollowAsync(nginx.Address, source)));
        var fragments = nginx
            .Answered.Where(a =>
                a.Path.StartsWith(source + "/", StringComparison.Ordinal) && a.Path.Count(c => c == '/') == source.Count(c => c == '/') + 2
            )
            .ToList();
        var (asked, missed, different) = (
            fragments.Count,
            fragments.Count(f => f.Cache == "MISS"),
            fragments.Select(f => f.Path).Distinct().Count()
        );
        asked.ShouldBeGreaterThan(Viewers * Fragments - 1);
        missed.ShouldBeLessThanOrEqualTo(different + (different / 4), $"{asked} asked of nginx, {different} different ones");
        // Each viewer has a ticket of their own, which is asked about every few seconds and not with every fragment.
        var tickets = nginx.Answered.Where(a => a.Path == "/_ticket").ToList();
        tickets.Count.ShouldBeGreaterThan(asked - 1);
        tickets.Count(t => t.Cache is "MISS" or "EXPIRED").ShouldBeLessThan(asked / 2);
    }

    [Fact]
    public async Task What_nginx_keeps_it_gives_to_nobody_without_a_ticket_of_their_own()
    {
        await using var nginx = await NginxServer.StartAsync(
            Path.Combine(Path.GetTempPath(), $"brightkitchen-nginx-{Guid.NewGuid():N}"),
            running.Kitchen.ServerAddress,
            Cancel
        );
        var inspector = await running.SignInAsync("inspector");
        await inspector.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/live?across=1").ToString());
        var source = (await inspector.GetAttributeAsync("[data-live]", "data-large"))!;
        await inspector.WaitForSelectorAsync("[data-live].playing", new() { Timeout = 60_000 });
        var cookies = await inspector.Context.CookiesAsync([running.Kitchen.ServerAddress.ToString()]);
        using var allowed = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = nginx.Address };
        allowed.DefaultRequestHeaders.Add("Cookie", string.Join("; ", cookies.Select(c => $"{c.Name}={c.Value}")));
        LiveWindow? window = null;
        await RunningKitchen.UntilAsync(
            async () =>
            {
                using var answer = await allowed.GetAsync(source, Cancel);
                window = answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<LiveWindow>(Cancel) : null;
                return window is not null;
            },
            TimeSpan.FromSeconds(60),
            "the clear picture begins"
        );
        var piece = $"{source}/{window!.Epoch}/{window.Key}?t={window.Ticket}";
        (await allowed.GetAsync(piece, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await allowed.GetAsync(piece, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var stranger = new HttpClient(new SocketsHttpHandler()) { BaseAddress = nginx.Address };
        (await stranger.GetAsync(source, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await stranger.GetAsync(piece, Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.Forbidden,
            "nginx has it, and the address alone opens nothing"
        );
        (await stranger.GetAsync($"{source}/{window.Epoch}/{window.Key}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await RunningKitchen.CloseAsync(inspector);
    }

    private static async Task FollowAsync(Uri address, string source)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address };
        LiveWindow? window = null;
        await RunningKitchen.UntilAsync(
            async () =>
            {
                using var answer = await client.GetAsync(source, Cancel);
                window = answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<LiveWindow>(Cancel) : null;
                return window is not null;
            },
            TimeSpan.FromSeconds(60),
            "the picture begins"
        );
        for (var i = 0; i < Fragments; i++)
            (await client.GetByteArrayAsync($"{source}/{window!.Epoch}/{window.Key + i}?t={window.Ticket}", Cancel)).ShouldNotBeEmpty();
    }
}
