using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using BrightKitchen.Fixtures;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Officials of a real installation: begun by the command, and of no use without a second factor.</summary>
public sealed partial class SecondFactorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_administrator_can_do_nothing_before_a_second_factor_and_everything_after()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-totp-").FullName;
        try
        {
            var data = Path.Combine(folder, "data");
            var password = await BeginAsync(data);
            await using var server = await CentralServerProcess.StartAsync(
                data,
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                "",
                Cancel
            );
            using var client = Client(server);
            (await SignInAsync(client, password)).ShouldBe("/");
            (await client.GetAsync("/regions", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await client.GetAsync("/", Cancel)).Headers.Location?.ToString().ShouldEndWith("/account");
            (await client.GetAsync("/school", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            using var html = new HttpRequestMessage(HttpMethod.Get, "/regions");
            html.Headers.Accept.ParseAdd("text/html");
            (await client.SendAsync(html, Cancel))
                .Headers.Location?.ToString()
                .ShouldBe("/account", "people are led to where they set it up");

            await RunningServer.PostFormAsync(client, "/account", "/account/totp/begin", new() { ["begin"] = "yes" });
            var key = Key().Match(await client.GetStringAsync("/account", Cancel)).Groups[1].Value;
            (await RunningServer.PostFormAsync(client, "/account", "/account/totp", new() { ["code"] = "000000" }))
                .Headers.Location?.ToString()
                .ShouldBe("/account?fault=wrong");
            (await RunningServer.PostFormAsync(client, "/account", "/account/totp", new() { ["code"] = Code(key, -1) }))
                .Headers.Location?.ToString()
                .ShouldBe("/account");
            (await client.GetAsync("/regions", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, "the session that set it up goes on");

            using var again = Client(server);
            (await SignInAsync(again, password)).ShouldBe("/sign-in/code?returnUrl=%2F");
            (await again.GetAsync("/regions", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "half a sign-in is none");
            (await RunningServer.PostFormAsync(again, "/sign-in/code", "/sign-in/code", new() { ["code"] = "123456" }))
                .Headers.Location!.ToString()
                .ShouldContain("fault=wrong");
            (await RunningServer.PostFormAsync(again, "/sign-in/code", "/sign-in/code", new() { ["code"] = Code(key) }))
                .Headers.Location?.ToString()
                .ShouldBe("/");
            WebUtility.HtmlDecode(await again.GetStringAsync("/regions", Cancel)).ShouldContain("我们的城市");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static string Code(string key, int steps = 0) => TotpCode.Of(key, TimeProvider.System.GetUtcNow(), steps);

    private static HttpClient Client(CentralServerProcess server) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };

    private static async Task<string?> SignInAsync(HttpClient client, string password) =>
        (
            await RunningServer.PostFormAsync(client, "/sign-in", "/sign-in", new() { ["name"] = "first", ["password"] = password })
        ).Headers.Location?.ToString();

    private static async Task<string> BeginAsync(string data)
    {
        using var command = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [Repository.Program("CentralServer"), "begin", "--city", "我们的城市", "--admin", "first", "--Data", data]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        var said = await command.StandardOutput.ReadToEndAsync(Cancel);
        await command.WaitForExitAsync(Cancel);
        command.ExitCode.ShouldBe(0);
        return said.Trim().Split('\n')[^1];
    }

    [GeneratedRegex("<p class=\"digest\">([A-Z2-7]+)</p>")]
    private static partial Regex Key();
}
