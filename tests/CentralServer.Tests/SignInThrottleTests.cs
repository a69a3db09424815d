using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Wrong passwords slow down who types them and nobody else, and are counted in the audit log.</summary>
public sealed class SignInThrottleTests(RunningServer shared)
{
    private const string Stranger = "198.51.100.7";
    private const string Home = "203.0.113.1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_strangers_wrong_passwords_close_their_own_address_and_leave_the_person_sessions_and_tokens_alone()
    {
        await using var server = await HostedServer.StartAsync(shared);
        using var session = server.Client(Home);
        await HostedServer.SignInAsync(session, "inspector");
        using var stranger = server.Client(Stranger);
        for (var i = 0; i < 12; i++)
            (await HostedServer.SignInAsync(stranger, "inspector", $"wrong-wrong-{i}")).ShouldContain(
                i < 4 ? "fault=wrong" : "fault=locked"
            );
        (await HostedServer.SignInAsync(stranger, "inspector")).ShouldContain("fault=locked");
        server.Time.Advance(TimeSpan.FromMinutes(2));
        (await session.GetStringAsync("/who", Cancel)).ShouldStartWith("inspector");
        using var elsewhere = server.Client("203.0.113.50");
        (await HostedServer.SignInAsync(elsewhere, "inspector")).ShouldBe("/", "another address is not the stranger's");
    }

    [Fact]
    public async Task A_strangers_wrong_passwords_do_not_switch_off_the_persons_token()
    {
        using var program = await shared.ProgramAsync("regulator", ApiScopes.Read);
        (await program.GetAsync("/api/v1/sites", Cancel)).EnsureSuccessStatusCode();
        using var stranger = shared.Client();
        stranger.DefaultRequestHeaders.Add("X-Forwarded-For", Stranger);
        for (var i = 0; i < 6; i++)
            await RunningServer.PostFormAsync(
                stranger,
                "/sign-in",
                "/sign-in",
                new() { ["name"] = "regulator", ["password"] = $"wrong-wrong-{i}" }
            );
        (await program.GetAsync("/api/v1/sites", Cancel)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Many_addresses_together_close_new_devices_and_not_the_one_that_signed_in_before()
    {
        await using var server = await HostedServer.StartAsync(
            shared,
            "--SignIn:TriesPerMinute",
            "10000",
            "--SignIn:WrongPerAccount",
            "20"
        );
        var jar = new System.Net.CookieContainer();
        using (var known = server.Client(Home, jar))
            await HostedServer.SignInAsync(known, "inspector");
        for (var i = 0; i < 20; i++)
        {
            using var one = server.Client($"198.51.100.{i}");
            await HostedServer.SignInAsync(one, "inspector", "wrong-wrong-wrong");
        }

        using var other = server.Client("192.0.2.1");
        (await HostedServer.SignInAsync(other, "inspector")).ShouldContain("fault=locked");
        foreach (System.Net.Cookie cookie in jar.GetAllCookies())
            cookie.Expired = cookie.Name == ".AspNetCore.Identity.Application";
        using var own = server.Client("192.0.2.2", jar);
        (await HostedServer.SignInAsync(own, "inspector")).ShouldBe("/", "the person's own browser, wherever it is");
        using var parent = server.Client("192.0.2.1");
        (await HostedServer.SignInAsync(parent, "parent")).ShouldBe("/", "other people are not concerned");
    }

    [Fact]
    public void A_pause_ends_and_each_further_one_is_longer_and_memory_has_a_limit()
    {
        var time = new FakeTimeProvider();
        var throttle = new SignInThrottle(Options.Create(new SignInOptions()), time);
        for (var pause = 5; pause <= 20; pause *= 2)
        {
            for (var i = 0; i < 5; i++)
                throttle.Failed("me", Stranger, null);
            throttle.IsOpen("me", Stranger, null).ShouldBeFalse();
            throttle.IsOpen("me", Home, null).ShouldBeTrue();
            time.Advance(TimeSpan.FromMinutes(pause) - TimeSpan.FromSeconds(1));
            throttle.IsOpen("me", Stranger, null).ShouldBeFalse($"within {pause} minutes");
            time.Advance(TimeSpan.FromSeconds(2));
            throttle.IsOpen("me", Stranger, null).ShouldBeTrue($"after {pause} minutes");
        }

        for (var i = 0; i < SignInThrottle.Most; i++)
            throttle.Failed($"name {i}", Stranger, null);
        throttle.CounterCount.ShouldBeLessThanOrEqualTo(SignInThrottle.Most + 2);
    }

    [Fact]
    public async Task Sign_ins_are_in_the_audit_log_and_ten_thousand_failures_are_a_few_lines()
    {
        await using var server = await HostedServer.StartAsync(shared, "--SignIn:RecordFailuresEvery", "00:05:00");
        using var person = server.Client(Home);
        await HostedServer.SignInAsync(person, "inspector");
        using var stranger = server.Client(Stranger);
        await HostedServer.SignInAsync(stranger, "regulator", "wrong-wrong-wrong");
        await HostedServer.SignInAsync(stranger, "nobody at all", "wrong-wrong-wrong");
        var journal = server.Services.GetRequiredService<SignInJournal>();
        for (var i = 0; i < 10_000; i++)
            journal.Count(i % 2 == 0 ? null : $"person {i % 400}", $"198.51.100.{i % 250}");
        await journal.FlushAsync(Cancel);
        var lines = await server.WithAsync<CentralDb, List<AuditEntry>>(db =>
            db.AuditEntries.Where(e => e.Action == AuditActions.SignIn).OrderBy(e => e.Number).ToListAsync()
        );
        var (inspector, regulator) = await server.WithAsync<CentralDb, (string, string)>(async db =>
            (
                await db.Users.Where(u => u.UserName == "inspector").Select(u => u.Id).SingleAsync(),
                await db.Users.Where(u => u.UserName == "regulator").Select(u => u.Id).SingleAsync()
            )
        );
        lines[0].ShouldSatisfyAllConditions(l => l.PersonId.ShouldBe(inspector), l => l.Detail.ShouldBe($"in: {Home}"));
        lines.Count.ShouldBeInRange(3, 1 + SignInJournal.MostNamed + 2);
        lines.ShouldContain(l => l.Subject == "server" && l.Detail.StartsWith("unknown: 5001 ×", StringComparison.Ordinal));
        lines
            .Sum(l =>
                l.Detail.StartsWith("failed: ", StringComparison.Ordinal)
                    ? int.Parse(l.Detail.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)
                    : 0
            )
            .ShouldBe(5001);
        await journal.FlushAsync(Cancel);
        (await server.WithAsync<CentralDb, int>(db => db.AuditEntries.CountAsync(e => e.Action == AuditActions.SignIn))).ShouldBe(
            lines.Count,
            "what was written is not written again"
        );

        // Alone, a failure names whom it was about.
        await HostedServer.SignInAsync(stranger, "regulator", "wrong-wrong-wrong");
        await journal.FlushAsync(Cancel);
        var last = await server.WithAsync<CentralDb, AuditEntry>(db => db.AuditEntries.OrderByDescending(e => e.Number).FirstAsync());
        (last.Subject, last.Detail).ShouldBe(($"person/{regulator}", $"failed: 1 × {Stranger}"));

        // A report is logged without the parent, so that neither is a sign-in just before it.
        var parent = await server.WithAsync<CentralDb, string>(db =>
            db.Users.Where(u => u.UserName == "parent").Select(u => u.Id).SingleAsync()
        );
        await HostedServer.SignInAsync(stranger, "parent", "wrong-wrong-wrong");
        (await HostedServer.SignInAsync(stranger, "parent")).ShouldBe("/");
        await journal.FlushAsync(Cancel);
        (
            await server.WithAsync<CentralDb, int>(db =>
                db.AuditEntries.CountAsync(e => e.PersonId == parent || e.Subject.Contains(parent))
            )
        ).ShouldBe(0);
        (
            await server.WithAsync<CentralDb, AuditEntry>(db => db.AuditEntries.OrderByDescending(e => e.Number).FirstAsync())
        ).Detail.ShouldBe("failed: 1 × others");
    }
}
