using System.Net;
using System.Net.Http.Json;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

public sealed class EnrolmentTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_lets_one_box_in_once()
    {
        var code = await server.Process.EnrolmentCodeAsync(Cancel);
        using var boxes = new Boxes(server.Process.Address, 3);
        var answers = await Task.WhenAll(boxes.All.Select(b => server.EnrolAsync(code, b)));
        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized).ShouldBe(2);
    }

    [Fact]
    public async Task A_box_that_lost_its_enrolment_is_the_same_one_again_and_another_sites_or_a_revoked_one_is_not()
    {
        using var box = new TestBox(server.Process.Address);
        async Task<string> EnrolAsync(string? site = null)
        {
            var answer = await server.EnrolAsync(await server.Process.EnrolmentCodeAsync(Cancel, site), box);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return (await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(Cancel))!.BoxId;
        }

        var id = await EnrolAsync();
        (await EnrolAsync()).ShouldBe(id, "its holds, its chain and its evidence are known by it");
        var elsewhere = await EnrolAsync($"another {Guid.NewGuid():N}");
        elsewhere.ShouldNotBe(id);
        await server.WithDbAsync(db =>
            db.Boxes.Where(b => b.Id == id)
                .ExecuteUpdateAsync(b => b.SetProperty(x => x.RevokedAt, TimeProvider.System.GetUtcNow()), Cancel)
        );
        (await EnrolAsync()).ShouldNotBe(id, "a revoked one stays revoked");
    }

    [Theory]
    [InlineData("AAAA-AAAA-AAAA")]
    [InlineData("")]
    [InlineData("' OR 1=1 --")]
    public async Task A_wrong_code_lets_nobody_in(string code)
    {
        using var box = new TestBox(server.Process.Address);
        (await server.EnrolAsync(code, box)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(23.9, true)]
    [InlineData(24.1, false)]
    public async Task A_code_is_good_for_a_day(double hours, bool good)
    {
        var time = new FakeTimeProvider(new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));
        var file = Path.GetTempFileName();
        try
        {
            await using var db = new CentralDb(
                new DbContextOptionsBuilder<CentralDb>().UseSqlite($"Data Source={file};Pooling=False").Options
            );
            await db.Database.MigrateAsync(Cancel);
            db.Sites.Add(new Site { Id = "s", Name = "site" });
            await db.SaveChangesAsync(Cancel);
            var enrolment = new Enrolment(db, time, NullLogger<Enrolment>.Instance);
            var code = await enrolment.IssueAsync("s", EnrolmentCode.Box, Cancel);
            time.Advance(TimeSpan.FromHours(hours));
            using var box = new TestBox(server.Process.Address);
            (await enrolment.EnrolAsync(new(code, box.PublicKey, "box"), EnrolmentCode.Box, Cancel) is not null).ShouldBe(good);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_box_that_never_enrolled_gets_401_everywhere()
    {
        using var stranger = new TestBox(server.Process.Address);
        await RefusedAsync(stranger.Client());
        (await Should.ThrowAsync<HttpRequestException>(stranger.ConnectAsync)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_foreign_key_an_old_token_a_long_one_and_another_audience_get_401()
    {
        using var box = await server.BoxAsync();
        using var thief = new TestBox(server.Process.Address) { Id = box.Id };
        await RefusedAsync(thief.Client());
        await RefusedAsync(box.Client(box.Token(ago: TimeSpan.FromHours(1))));
        await RefusedAsync(box.Client(box.Token(life: TimeSpan.FromDays(3650))));
        await RefusedAsync(box.Client(box.Token(audience: "somebody-else")));
        await RefusedAsync(box.Client("no.token.at-all"));
    }

    [Fact]
    public async Task A_revoked_box_gets_401_and_its_open_line_ends()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var closed = new TaskCompletionSource();
        hub.Closed += _ => Task.FromResult(closed.TrySetResult());
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);

        using var admin = await server.SignInAsync("admin");
        (await RunningServer.PostFormAsync(admin, "/boxes", $"/boxes/{box.Id}/revoke", new() { ["confirm"] = "yes" }))
            .Headers.Location?.ToString()
            .ShouldBe("/boxes");

        await Should.ThrowAsync<Exception>(() => hub.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel));
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        await RefusedAsync(box.Client());
        (await Should.ThrowAsync<HttpRequestException>(box.ConnectAsync)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Only_an_administrator_makes_codes_and_revokes()
    {
        using var box = await server.BoxAsync();
        using var principal = await server.SignInAsync("principal");
        (await principal.GetAsync("/boxes", Cancel)).StatusCode.ShouldNotBe(HttpStatusCode.OK);
        var answer = await RunningServer.PostFormAsync(principal, "/", $"/boxes/{box.Id}/revoke", new() { ["confirm"] = "yes" });
        answer.Headers.Location?.ToString().ShouldNotBe("/boxes");
        await using var hub = await box.ConnectAsync();
        hub.State.ShouldBe(HubConnectionState.Connected);
    }

    private static async Task RefusedAsync(HttpClient client)
    {
        using (client)
        {
            foreach (
                var (method, route) in new[]
                {
                    (HttpMethod.Head, BoxRoutes.Evidence(FindingId.New(DateTimeOffset.UnixEpoch).ToString(), EvidencePart.Clip)),
                    (HttpMethod.Patch, BoxRoutes.Evidence(FindingId.New(DateTimeOffset.UnixEpoch).ToString(), EvidencePart.Still)),
                    (HttpMethod.Put, BoxRoutes.LiveInit("any", CameraId.Parse("line", null), Rendition.Clear, 1)),
                    (HttpMethod.Post, BoxRoutes.Hub + "/negotiate"),
                }
            )
            {
                using var answer = await client.SendAsync(new HttpRequestMessage(method, route), Cancel);
                answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {route}");
            }
        }
    }

    private sealed class Boxes(Uri server, int count) : IDisposable
    {
        public IReadOnlyList<TestBox> All { get; } = [.. Enumerable.Range(0, count).Select(_ => new TestBox(server))];

        public void Dispose() => All.ToList().ForEach(b => b.Dispose());
    }
}
