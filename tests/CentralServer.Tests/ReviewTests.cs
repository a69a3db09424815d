using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The inspector's desk by its own requests.</summary>
public sealed class ReviewTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_most_pressing_comes_first_and_the_same_thing_seen_again_is_one_line()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (routine, alarm) = (
            TestBox.Finding(now.AddHours(-5)) with
            {
                Kind = FindingKinds.NoHat,
            },
            TestBox.Finding(now.AddHours(-1)) with
            {
                Kind = FindingKinds.Rodent,
            }
        );
        var again = Enumerable
            .Range(1, 3)
            .Select(i => TestBox.Finding(now.AddHours(-5).AddMinutes(i * 8)) with { Kind = FindingKinds.NoHat })
            .ToList();
        var other = TestBox.Finding(now.AddHours(-3)) with { Kind = FindingKinds.NoHat };
        await ReportAsync([other, .. again, alarm, routine]);
        using var inspector = await server.SignInAsync("inspector");
        var items = (await inspector.GetFromJsonAsync<JsonElement>("/desk/queue", Cancel)).GetProperty("items").EnumerateArray().ToList();
        int Place(FindingReport finding) => items.FindIndex(i => i.GetProperty("id").GetString() == finding.Id.ToString());
        Place(alarm).ShouldBeInRange(0, Place(routine));
        Place(routine).ShouldBeInRange(0, Place(other));
        Place(again[1]).ShouldBe(-1);
        items[Place(routine)]
            .GetProperty("like")
            .EnumerateArray()
            .Select(l => l.GetProperty("id").GetString())
            .ShouldBe(again.Select(a => a.Id.ToString()));
    }

    [Fact]
    public async Task A_decision_is_taken_back_by_who_made_it_and_both_stay_on_record()
    {
        var finding = TestBox.Finding();
        await ReportAsync([finding]);
        using var inspector = await server.SignInAsync("inspector");
        var token = RunningServer.TokenOf(await inspector.GetStringAsync("/desk", Cancel));
        (await DecideAsync(inspector, token, "dismiss", "", finding)).ShouldBe("needs-text");
        (await DecideAsync(inspector, token, "dismiss", "误报", finding)).ShouldBeNull();
        var due = await DueAsync(finding);
        due.ShouldBe(("dismissed", false, true));
        (await DecideAsync(inspector, token, "undo", "", finding)).ShouldBeNull();
        (await DueAsync(finding)).ShouldBe(("notified", true, false));
        (await DecideAsync(inspector, token, "undo", "", finding)).ShouldBe("not-now", "an undo is not undone");
        (await DecideAsync(inspector, token, "confirm", "", finding)).ShouldBeNull();
        var steps = await server.WithDbAsync(db =>
            db.FindingSteps.Where(s => s.FindingId == finding.Id.ToString()).OrderBy(s => s.Id).Select(s => s.Step).ToListAsync(Cancel)
        );
        steps.ShouldBe(["notify", "dismiss", "undo", "confirm"]);
    }

    [Fact]
    public async Task Who_decides_on_what_another_decided_meanwhile_is_refused_and_told_what_that_was()
    {
        var (one, two) = (TestBox.Finding(), TestBox.Finding());
        await ReportAsync([one, two]);
        using var first = await server.SignInAsync("inspector");
        using var second = await server.SignInAsync("inspector");
        var shown = new Dictionary<string, long>();
        foreach (var finding in new[] { one, two })
            shown[finding.Id.ToString()] = await VersionAsync(first, finding);
        var token = RunningServer.TokenOf(await first.GetStringAsync("/desk", Cancel));
        var other = RunningServer.TokenOf(await second.GetStringAsync("/desk", Cancel));
        // The stage stays the same, so that only the version shows it.
        var escalated = await SaidAsync(
            first,
            token,
            new
            {
                step = "escalate",
                text = "too often",
                ids = new[] { one.Id },
                versions = shown,
            }
        );
        var refused = await SaidAsync(
            second,
            other,
            new
            {
                step = "dismiss",
                text = "误报",
                ids = new[] { one.Id, two.Id },
                versions = shown,
            }
        );
        refused
            .GetProperty("refused")
            .EnumerateObject()
            .Select(r => (r.Name, r.Value.GetString()))
            .ShouldBe([(one.Id.ToString(), "changed")]);
        var before = refused.GetProperty("before").GetProperty(one.Id.ToString());
        (before.GetProperty("step").GetString(), before.GetProperty("text").GetString()).ShouldBe(("escalate", "too often"));
        before.GetProperty("who").GetString().ShouldNotBeNullOrEmpty();
        // Who sees it as it is now decides on it.
        shown[one.Id.ToString()] = escalated.GetProperty("versions").GetProperty(one.Id.ToString()).GetInt64();
        (await VersionAsync(second, one)).ShouldBe(shown[one.Id.ToString()]);
        var done = await SaidAsync(
            second,
            other,
            new
            {
                step = "confirm",
                ids = new[] { one.Id },
                versions = shown,
            }
        );
        done.GetProperty("refused").EnumerateObject().ShouldBeEmpty();
        var steps = await server.WithDbAsync(db =>
            db.FindingSteps.Where(s => s.FindingId == one.Id.ToString()).OrderBy(s => s.Id).Select(s => s.Step).ToListAsync(Cancel)
        );
        steps.ShouldBe(["notify", "escalate", "confirm"]);
    }

    [Fact]
    public async Task What_somebody_else_decided_or_longer_ago_is_not_taken_back_and_nothing_goes_without_the_pages_token()
    {
        var (mine, old) = (TestBox.Finding(), TestBox.Finding());
        await ReportAsync([mine, old]);
        using var inspector = await server.SignInAsync("inspector");
        var token = RunningServer.TokenOf(await inspector.GetStringAsync("/desk", Cancel));
        (await DecideAsync(inspector, token, "undo", "", mine)).ShouldBe("not-now");
        (
            await inspector.PostAsJsonAsync("/desk/decisions", new { step = "confirm", ids = new[] { mine.Id.ToString() } }, Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        foreach (
            var bad in new object[]
            {
                new { },
                new { step = "confirm" },
                new { step = "confirm", ids = Array.Empty<string>() },
                new { ids = new[] { mine.Id.ToString() } },
            }
        )
            (await PostAsync(inspector, token, bad)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var foreign = TestBox.Finding();
        await ReportAsync([foreign], "a school on an island");
        (await DecideAsync(inspector, token, "confirm", "", foreign)).ShouldBe("missing");
    }

    [Fact]
    public async Task A_box_is_told_what_was_dismissed_and_what_was_taken_back_also_when_it_comes_later()
    {
        using var box = await server.BoxAsync();
        var finding = TestBox.Finding();
        var old = TestBox.Finding(TimeProvider.System.GetUtcNow().AddDays(-40));
        var (told, takenBack) = (
            new System.Collections.Concurrent.ConcurrentQueue<IReadOnlyList<FindingId>>(),
            new System.Collections.Concurrent.ConcurrentQueue<IReadOnlyList<FindingId>>()
        );
        await using (var hub = await box.ConnectAsync())
        {
            hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Dismissed), told.Enqueue);
            hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.DismissalsTakenBack), takenBack.Enqueue);
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
            using var inspector = await server.SignInAsync("inspector");
            var token = RunningServer.TokenOf(await inspector.GetStringAsync("/desk", Cancel));
            (await DecideAsync(inspector, token, "dismiss", "误报", finding)).ShouldBeNull();
            await Until.Async(() => told.LastOrDefault()?.Contains(finding.Id) == true);
            (await DecideAsync(inspector, token, "undo", "", finding)).ShouldBeNull();
            await Until.Async(() => takenBack.LastOrDefault()?.Contains(finding.Id) == true);
            (await DecideAsync(inspector, token, "dismiss", "误报", finding)).ShouldBeNull();
            // A lesson does not end with its month.
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), old, Cancel);
            (await DecideAsync(inspector, token, "dismiss", "误报", old)).ShouldBeNull();
            await Until.Async(() => told.Last().Contains(old.Id));
        }

        // What comes on connecting came before a test could listen: so the hub is built by hand.
        var later = new TaskCompletionSource<IReadOnlyList<FindingId>>();
        await using var again = new HubConnectionBuilder()
            .WithUrl(new Uri(server.Process.Address, BoxRoutes.Hub), http =>
                http.AccessTokenProvider = () => Task.FromResult<string?>(box.Token())
            )
            .Build();
        again.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Dismissed), d => later.TrySetResult(d));
        await again.StartAsync(Cancel);
        (await later.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).ShouldBe([finding.Id, old.Id]);
    }

    private static async Task<JsonElement> SaidAsync(HttpClient client, string token, object decision)
    {
        using var answer = await PostAsync(client, token, decision);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    // As the page shows it, by itself or among those that are alike.
    private static async Task<long> VersionAsync(HttpClient client, FindingReport finding) =>
        (await client.GetFromJsonAsync<JsonElement>("/desk/queue", Cancel))
            .GetProperty("items")
            .EnumerateArray()
            .SelectMany(i => i.GetProperty("like").EnumerateArray().Prepend(i))
            .Single(i => i.GetProperty("id").GetString() == finding.Id.ToString())
            .GetProperty("version")
            .GetInt64();

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string token, object decision)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/desk/decisions") { Content = JsonContent.Create(decision) };
        request.Headers.Add("RequestVerificationToken", token);
        return await client.SendAsync(request, Cancel);
    }

    // Null where it was done, else why not.
    private static async Task<string?> DecideAsync(HttpClient client, string token, string step, string text, FindingReport finding)
    {
        using var answer = await PostAsync(
            client,
            token,
            new
            {
                step,
                text,
                ids = new[] { finding.Id.ToString() },
            }
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var refused = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("refused");
        return refused.TryGetProperty(finding.Id.ToString(), out var why) ? why.GetString() : null;
    }

    private Task<(string Stage, bool Due, bool Over)> DueAsync(FindingReport finding) =>
        server.WithDbAsync(async db =>
            await db.Findings.SingleAsync(f => f.Id == finding.Id.ToString(), Cancel) is var f
                ? (f.Stage, f.DueAt is not null, f.OverAt is not null)
                : default
        );

    private async Task ReportAsync(IReadOnlyList<FindingReport> findings, string? site = null)
    {
        using var box = await server.BoxAsync(site);
        await using var hub = await box.ConnectAsync();
        foreach (var finding in findings)
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
    }
}
