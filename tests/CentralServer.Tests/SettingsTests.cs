using System.Diagnostics;
using BrightKitchen.CentralServer.Configuration;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.Fixtures;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What is wrong in the settings is known before anything starts, all of it at once.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void Every_fault_is_reported_together_with_the_key_the_value_and_what_is_right()
    {
        var message = Should
            .Throw<InvalidDataException>(() =>
                Add(
                    new()
                    {
                        ["Life:PlanWithn"] = "02:00:00",
                        ["Life:DecideWithin"] = "-1.00:00:00",
                        ["Risk:Every"] = "soon",
                        ["Risk:GradesFrom:0"] = "90",
                        ["Mqtt:Port"] = "70000",
                        ["Push:KeyFile"] = "/key.pem",
                        ["SignIn:TriesPerMinut"] = "5",
                        ["Api:RequestsPerMinute"] = "many",
                        ["Proxies:0"] = "proxy.local",
                        ["Storage:AccessKey"] = "only-the-half",
                        ["Keys:Password"] = "too short",
                        ["Keys:Fil"] = "/key",
                        ["Audit:HeadEvery"] = "2.00:00:00",
                        ["Audit:HeadFiel"] = "/heads",
                    }
                )
            )
            .Message;
        foreach (
            var said in new[]
            {
                "Life:PlanWithn is not known",
                "Life:DecideWithin is -1.00:00:00",
                "Risk:Every",
                "Mqtt:Port is 70000",
                "Push:Contact",
                "SignIn:TriesPerMinut is not known",
                "Api:RequestsPerMinute is 'many'",
                "Proxies:0 is 'proxy.local'",
                "AccessKey and SecretKey",
                "Keys:Password is too short",
                "Keys:Fil is not known",
                "Audit:HeadFiel is not known",
                "HeadEvery",
            }
        )
            message.ShouldContain(said);
        message.ShouldNotContain("only-the-half", Case.Sensitive, "no secret is shown");
        message.ShouldNotContain("'too short'", Case.Sensitive, "no secret is shown");
    }

    [Fact]
    public void Nothing_at_all_and_what_the_documents_name_are_right()
    {
        Add([]);
        Add(
            new()
            {
                ["Life:PlanWithin"] = "01:00:00",
                ["Cases:ReportsPerHour"] = "20",
                ["Webhooks:AllowedHosts:0"] = "gw.local",
                ["Risk:GradesFrom:0"] = "10",
                ["Risk:GradesFrom:1"] = "20",
                ["Risk:GradesFrom:2"] = "30",
                ["signin:triesperminute"] = "9",
            }
        );
    }

    [Fact]
    public void A_list_replaces_the_usual_one()
    {
        var services = new ServiceCollection();
        services.AddServerSettings(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["Risk:GradesFrom:0"] = "10",
                        ["Risk:GradesFrom:1"] = "20",
                        ["Risk:GradesFrom:2"] = "30",
                        ["Life:FirstTier:0"] = "smoking",
                        ["Life:SecondTier:0"] = "no-hat",
                    }
                )
                .Build()
        );
        using var built = services.BuildServiceProvider();
        built.GetRequiredService<RiskOptions>().GradesFrom.ShouldBe([10, 20, 30]);
        built.GetRequiredService<LifeOptions>().TierOf("rodent").ShouldBe(3);
        built.GetRequiredService<LifeOptions>().TierOf("smoking").ShouldBe(1);
    }

    [Theory]
    [InlineData("no command 'bakcup'", "bakcup", "--to", "x")]
    [InlineData("no command 'serve'", "serve")]
    [InlineData("backup --to FILE", "backup")]
    [InlineData("restore --from FILE", "restore", "--to", "x")]
    [InlineData("begin --city CITY --admin NAME", "begin", "--city", "x")]
    [InlineData("Keys:Fil is not known", "audit-check", "--Keys:Fil", "x")]
    [InlineData("Audit:HeadEvery", "audit-check", "--Audit:HeadEvery", "soon")]
    public async Task A_mistyped_command_or_setting_starts_nothing_ends_with_2_and_says_what_is_right(
        string said,
        params string[] arguments
    )
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-command-").FullName;
        try
        {
            using var run = Process.Start(
                new ProcessStartInfo(
                    "dotnet",
                    [
                        Repository.Program("CentralServer"),
                        .. arguments,
                        "--urls",
                        "http://127.0.0.1:0",
                        "--Data",
                        Path.Combine(folder, "data"),
                    ]
                )
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            try
            {
                var (output, error) = (run.StandardOutput.ReadToEndAsync(patience.Token), run.StandardError.ReadToEndAsync(patience.Token));
                await run.WaitForExitAsync(patience.Token);
                run.ExitCode.ShouldBe(2, await output);
                (await error).ShouldContain(said);
                (await error).ShouldNotContain("   at ", Case.Sensitive, "a stack trace says nothing to whoever mistyped");
            }
            finally
            {
                if (!run.HasExited)
                    run.Kill();
            }

            Directory.Exists(Path.Combine(folder, "data")).ShouldBeFalse("nothing was opened");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void Add(Dictionary<string, string?> settings) =>
        new ServiceCollection().AddServerSettings(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
