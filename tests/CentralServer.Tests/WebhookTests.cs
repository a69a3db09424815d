using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Events posted to another system, which is a real web server of the test's own.</summary>
public sealed class WebhookTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_signed_in_order_and_again_after_a_fault()
    {
        var received = new ConcurrentQueue<(string Signature, string Body)>();
        var refuse = 2;
        await using var receiver = await OtherSystem.StartAsync(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            if (Interlocked.Decrement(ref refuse) >= 0)
            {
                http.Response.StatusCode = 503;
                return;
            }

            received.Enqueue((http.Request.Headers[WebhookSender.SignatureHeader].ToString(), body));
        });
        using var program = await server.ProgramAsync("inspector", ApiScopes.Webhooks, ApiScopes.Steps);
        var made = (
            await (
                await program.PostAsJsonAsync("/api/v1/webhooks", new ApiWebhookRequest($"{receiver.Urls.First()}/events"), Cancel)
            ).Content.ReadFromJsonAsync<ApiWebhookMade>(Cancel)
        )!;
        try
        {
            var (mine, foreign) = (await ReportedAsync(null), await ReportedAsync("a school in the desert"));
            await program.PostAsJsonAsync($"/api/v1/findings/{mine.Id}/steps", new ApiStepRequest("confirm", null, null), Cancel);
            await Until.Async(() =>
                received.Any(r =>
                    r.Body.Contains(mine.Id.ToString(), StringComparison.Ordinal)
                    && r.Body.Contains("finding.confirm", StringComparison.Ordinal)
                )
            );
            var events = received
                .Select(r => (r.Signature, r.Body, Event: JsonSerializer.Deserialize<IntegrationEvent>(r.Body, JsonSerializerOptions.Web)!))
                .ToList();
            events.ShouldNotContain(e => e.Body.Contains(foreign.Id.ToString(), StringComparison.Ordinal), "another site's is not told");
            events
                .Where(e => e.Event.Finding?.Id == mine.Id.ToString())
                .Select(e => e.Event.Type)
                .ShouldBe(["finding.notify", "finding.confirm"]);
            foreach (var (signature, body, _) in events)
            {
                var at = DateTimeOffset.FromUnixTimeSeconds(
                    long.Parse(signature.Split(',')[0][2..], System.Globalization.CultureInfo.InvariantCulture)
                );
                signature.ShouldBe(WebhookSender.Sign(made.Secret, at, body));
            }

            (await server.WithDbAsync(db => Task.FromResult(db.Webhooks.Single(w => w.Id == made.Id).Secret))).ShouldNotContain(
                made.Secret,
                Case.Sensitive,
                "secrets lie encrypted"
            );
        }
        finally
        {
            (await program.DeleteAsync($"/api/v1/webhooks/{made.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }
    }

    [Fact]
    public async Task A_redirection_to_the_inside_is_not_followed()
    {
        var followed = false;
        await using var receiver = await OtherSystem.StartAsync(http =>
        {
            if (http.Request.Path == "/inside")
                followed = true;
            http.Response.Redirect("/inside");
            return Task.CompletedTask;
        });
        using var program = await server.ProgramAsync("inspector", ApiScopes.Webhooks);
        var made = (
            await (
                await program.PostAsJsonAsync("/api/v1/webhooks", new ApiWebhookRequest($"{receiver.Urls.First()}/events"), Cancel)
            ).Content.ReadFromJsonAsync<ApiWebhookMade>(Cancel)
        )!;
        await ReportedAsync(null);
        await Until.Async(async () =>
            (await program.GetFromJsonAsync<List<ApiWebhook>>("/api/v1/webhooks", Cancel))!.Single(w => w.Id == made.Id)
                is { Failures: > 0, LastFault: "the receiver answered 302" }
        );
        followed.ShouldBeFalse();
        await program.DeleteAsync($"/api/v1/webhooks/{made.Id}", Cancel);
    }

    [Fact]
    public async Task One_that_cannot_be_sent_and_one_whose_person_lost_the_role_cost_the_others_nothing()
    {
        var received = new ConcurrentQueue<string>();
        await using var receiver = await OtherSystem.StartAsync(http =>
        {
            received.Enqueue(http.Request.Path);
            return Task.CompletedTask;
        });
        // A secret that no key opens, and a parent's.
        await server.WithDbAsync(async db =>
        {
            foreach (var (id, who) in new[] { (new string('0', 32), "inspector"), (new string('1', 32), "parent") })
            {
                var person = db.Users.Single(u => u.UserName == who).Id;
                db.Webhooks.Add(
                    new Webhook
                    {
                        Id = id,
                        PersonId = person,
                        Url = $"{receiver.Urls.First()}/{who}",
                        Secret = "nonsense",
                    }
                );
                db.EventCursors.Add(
                    new EventCursor
                    {
                        Name = $"webhook/{id}",
                        FindingStep = db.FindingSteps.Max(s => (long?)s.Id) ?? 0,
                        CaseStep = db.CaseSteps.Max(s => (long?)s.Id) ?? 0,
                    }
                );
            }

            return await db.SaveChangesAsync(Cancel);
        });
        using var program = await server.ProgramAsync("manager", ApiScopes.Webhooks);
        var made = (
            await (
                await program.PostAsJsonAsync("/api/v1/webhooks", new ApiWebhookRequest($"{receiver.Urls.First()}/good"), Cancel)
            ).Content.ReadFromJsonAsync<ApiWebhookMade>(Cancel)
        )!;
        await ReportedAsync(null);
        await Until.Async(() => received.Contains("/good"));
        received.Where(p => p != "/good").ShouldBeEmpty();
        // It is tried at growing intervals, given up in the end, and its page says why.
        await Until.Async(async () =>
            await server.WithDbAsync(db =>
                db.EventCursors.AnyAsync(c => c.Name == "webhook/" + new string('0', 32) && c.FailingSince != null, Cancel)
            )
        );
        await program.DeleteAsync($"/api/v1/webhooks/{made.Id}", Cancel);
        await server.WithDbAsync(async db =>
        {
            db.Webhooks.RemoveRange(db.Webhooks.Where(w => w.Secret == "nonsense"));
            return await db.SaveChangesAsync(Cancel);
        });
    }

    [Theory]
    [InlineData("http://example.org/x", "https://")]
    [InlineData("https://10.1.2.3/x", "not public")]
    [InlineData("https://[::1]/x", "not public")]
    [InlineData("https://169.254.169.254/latest/meta-data", "not public")]
    [InlineData("https://user:secret@example.org/", "user name or password")]
    [InlineData("file:///etc/passwd", "not a web address")]
    [InlineData("javascript:alert(1)", "not a web address")]
    [InlineData(null, "not a web address")]
    public void An_address_of_the_inside_is_refused_with_its_reason(string? url, string reason) =>
        OutboundHttp.Fault(url, new()).ShouldNotBeNull().ShouldContain(reason);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:a00:1::")]
    [InlineData("2001:db8::1")]
    public void What_is_not_public_is_known(string address) => OutboundHttp.IsPublic(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    public void What_is_public_is_known(string address) => OutboundHttp.IsPublic(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public async Task A_name_that_means_the_inside_is_not_connected_to()
    {
        await using var receiver = await OtherSystem.StartAsync(_ => Task.CompletedTask);
        using var client = OutboundHttp.Client(new());
        var port = new Uri(receiver.Urls.First()).Port;
        (await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://localhost:{port}/"), Cancel)))
            .ToString()
            .ShouldContain("not public");
    }

    private async Task<FindingReport> ReportedAsync(string? site)
    {
        using var box = await server.BoxAsync(site);
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        return finding;
    }
}
