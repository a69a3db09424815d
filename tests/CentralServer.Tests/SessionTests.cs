using System.Net;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>How long a session lasts and what it keeps, with the second factor on and a clock that the test moves.</summary>
public sealed class SessionTests(RunningServer shared)
{
    private const string Secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("admin")]
    [InlineData("inspector")]
    [InlineData("regulator")]
    public async Task A_session_with_a_second_factor_still_has_it_after_ten_validation_intervals(string name)
    {
        await using var server = await HostedServer.StartAsync(shared);
        await GiveTotpAsync(server, name);
        using var client = server.Client();
        (await HostedServer.SignInAsync(client, name)).ShouldStartWith("/sign-in/code");
        (await CodeAsync(client, server)).ShouldBe("/");
        for (var i = 0; i < 10; i++)
        {
            server.Time.Advance(Interval);
            (await client.GetStringAsync("/who", Cancel)).ShouldBe($"{name} mfa", $"after {i + 1} intervals");
        }
    }

    [Fact]
    public async Task The_session_that_sets_up_the_second_factor_has_it_from_then_on()
    {
        await using var server = await HostedServer.StartAsync(shared);
        using var client = server.Client();
        (await HostedServer.SignInAsync(client, "inspector")).ShouldBe("/");
        (await HostedServer.PostAsync(client, "/account/totp/begin", new() { ["begin"] = "yes" }))
            .Headers.Location?.ToString()
            .ShouldBe("/account");
        server.Time.Advance(Interval);
        (await client.GetStringAsync("/who", Cancel)).ShouldBe("inspector pwd", "the new key ends other sessions and not this one");
        var key = await server.WithAsync<UserManager<Person>, string?>(async people =>
            await people.GetAuthenticatorKeyAsync((await people.FindByNameAsync("inspector"))!)
        );
        (await HostedServer.PostAsync(client, "/account/totp", new() { ["code"] = TotpCode.Of(key!, server.Time.GetUtcNow()) }))
            .Headers.Location?.ToString()
            .ShouldBe("/account");
        for (var i = 0; i < 10; i++)
        {
            (await client.GetStringAsync("/who", Cancel)).ShouldBe("inspector mfa", $"after {i} intervals");
            server.Time.Advance(Interval);
        }
    }

    [Fact]
    public async Task Who_signed_in_without_the_second_factor_does_not_get_it_by_validation()
    {
        await using var server = await HostedServer.StartAsync(shared);
        using var client = server.Client();
        (await HostedServer.SignInAsync(client, "inspector")).ShouldBe("/");
        server.Time.Advance(Interval);
        (await client.GetStringAsync("/who", Cancel)).ShouldBe("inspector pwd");
    }

    [Fact]
    public async Task A_code_is_accepted_once_and_none_from_before_it()
    {
        await using var server = await HostedServer.StartAsync(shared);
        await GiveTotpAsync(server, "inspector");
        using var first = server.Client();
        await HostedServer.SignInAsync(first, "inspector");
        (await CodeAsync(first, server)).ShouldBe("/");
        using var replay = server.Client();
        await HostedServer.SignInAsync(replay, "inspector");
        (await CodeAsync(replay, server)).ShouldContain("fault=wrong");
        (await CodeAsync(replay, server, -1)).ShouldContain("fault=wrong");
        (await CodeAsync(replay, server, 1)).ShouldBe("/", "the next one is another");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_one_code_used_at_the_same_moment_one_use_is_accepted(bool hasUsedOneBefore)
    {
        await using var server = await HostedServer.StartAsync(shared);
        await GiveTotpAsync(server, "inspector");
        if (hasUsedOneBefore)
        {
            using var earlier = server.Client();
            await HostedServer.SignInAsync(earlier, "inspector");
            (await CodeAsync(earlier, server)).ShouldBe("/");
            server.Time.Advance(TimeSpan.FromSeconds(31));
        }

        var clients = Enumerable.Range(0, 4).Select(_ => server.Client()).ToList();
        foreach (var client in clients)
            (await HostedServer.SignInAsync(client, "inspector")).ShouldStartWith("/sign-in/code");
        var answers = await Task.WhenAll(clients.Select(c => CodeAsync(c, server)));
        answers.Count(a => a == "/").ShouldBe(1, string.Join(' ', answers));
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task An_officials_session_ends_when_it_is_not_used_and_at_its_fixed_limit_and_a_managers_goes_on()
    {
        await using var server = await HostedServer.StartAsync(
            shared,
            "--SignIn:OfficialsIdle",
            "01:00:00",
            "--SignIn:OfficialsAtMost",
            "08:00:00"
        );
        using var idle = server.Client();
        using var busy = server.Client();
        using var manager = server.Client();
        await HostedServer.SignInAsync(idle, "inspector");
        await HostedServer.SignInAsync(busy, "inspector");
        await HostedServer.SignInAsync(manager, "manager");
        for (var minutes = 20; minutes < 8 * 60; minutes += 20)
        {
            server.Time.Advance(TimeSpan.FromMinutes(20));
            (await StatusAsync(busy)).ShouldBe(HttpStatusCode.OK, $"used every 20 minutes, after {minutes}");
            if (minutes == 80)
                (await StatusAsync(idle)).ShouldBe(HttpStatusCode.Unauthorized, "not used for 80 minutes");
        }

        server.Time.Advance(TimeSpan.FromMinutes(20));
        (await StatusAsync(busy)).ShouldBe(HttpStatusCode.Unauthorized, "8 hours are over");
        (await StatusAsync(manager)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_session_from_before_the_upgrade_ends_at_the_fixed_limit_too()
    {
        await using var server = await HostedServer.StartAsync(
            shared,
            "--SignIn:OfficialsIdle",
            "01:00:00",
            "--SignIn:OfficialsAtMost",
            "08:00:00"
        );
        var jar = new CookieContainer();
        using var client = server.Client(jar: jar);
        await HostedServer.SignInAsync(client, "inspector");
        var cookie = jar.GetAllCookies().Single(c => c.Name == ".AspNetCore.Identity.Application");
        var format = server
            .Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>()
            .Get(IdentityConstants.ApplicationScheme)
            .TicketDataFormat;
        var ticket = format.Unprotect(cookie.Value).ShouldNotBeNull();
        ticket.Properties.Items.Remove("began").ShouldBeTrue("an older version wrote no beginning");
        cookie.Value = format.Protect(ticket);
        for (var minutes = 20; minutes < 8 * 60; minutes += 20)
        {
            server.Time.Advance(TimeSpan.FromMinutes(20));
            (await StatusAsync(client)).ShouldBe(HttpStatusCode.OK, $"after {minutes} minutes");
        }

        server.Time.Advance(TimeSpan.FromMinutes(20));
        (await StatusAsync(client)).ShouldBe(HttpStatusCode.Unauthorized, "8 hours are over, however often it was renewed");
    }

    [Fact]
    public async Task A_parent_stays_signed_in_when_the_browser_closes_and_an_official_does_not()
    {
        await using var server = await HostedServer.StartAsync(shared);
        foreach (var (name, stays) in new[] { ("parent", true), ("inspector", false), ("manager", false) })
        {
            var jar = new CookieContainer();
            using var client = server.Client(jar: jar);
            await HostedServer.SignInAsync(client, name);
            var cookie = jar.GetAllCookies().Single(c => c.Name == ".AspNetCore.Identity.Application");
            (cookie.Expires > DateTime.MinValue).ShouldBe(stays, $"{name}: {cookie.Expires:O}");
        }
    }

    [Theory]
    [InlineData("--SignIn:OfficialsIdle", "-00:01:00", "OfficialsIdle")]
    [InlineData("--SignIn:OfficialsIdel", "00:10:00", "OfficialsIdel")]
    public async Task Wrong_limits_are_named_at_the_start(string name, string value, string named)
    {
        var fault = await Should.ThrowAsync<Exception>(async () =>
        {
            await using var server = await HostedServer.StartAsync(shared, name, value);
        });
        fault.ToString().ShouldContain(named);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/who", Cancel);
        return answer.StatusCode;
    }

    private static async Task<string> CodeAsync(HttpClient client, HostedServer server, int steps = 0) =>
        (
            await HostedServer.PostAsync(client, "/sign-in/code", new() { ["code"] = TotpCode.Of(Secret, server.Time.GetUtcNow(), steps) })
        ).Headers.Location!.ToString();

    private static Task<bool> GiveTotpAsync(HostedServer server, string name) =>
        server.WithAsync<UserManager<Person>, bool>(async people =>
        {
            var person = (await people.FindByNameAsync(name))!;
            await people.SetAuthenticationTokenAsync(person, "[AspNetUserStore]", "AuthenticatorKey", Secret);
            return (await people.SetTwoFactorEnabledAsync(person, true)).Succeeded;
        });
}
