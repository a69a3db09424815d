using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Findings;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.VisionModels.Tracking;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Rules;

public sealed class RuleStageClockTests(Temporary temporary)
{
    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task A_clock_set_by_hours_makes_one_finding_neither_two_nor_longer_nor_shorter(int hours)
    {
        using var services = new ServiceCollection().AddMetrics().AddDataProtection().Services.BuildServiceProvider();
        var machine = new SetClock();
        var clock = new AgentClock(machine);
        var observations = Channel.CreateUnbounded<Observation>();
        var orders = Channel.CreateUnbounded<EvidenceCommand>();
        var site = new SiteStore(
            new AgentSettings
            {
                Cameras = new() { Cameras = [new() { Id = "one", Url = "rtsp://192.0.2.1/x" }] },
                Rules =
                [
                    new()
                    {
                        Camera = "one",
                        Kind = FindingKinds.Intrusion,
                        Dwell = TimeSpan.FromSeconds(1),
                        Quiet = TimeSpan.FromSeconds(3),
                    },
                ],
            }.Site,
            new AgentFolders(temporary.Folder()),
            services.GetRequiredService<IDataProtectionProvider>(),
            NullLogger<SiteStore>.Instance
        );
        using var stage = new RuleStage(
            site,
            new(clock, NullLogger<EdgeAgent.Cameras.CameraStatus>.Instance),
            observations,
            orders,
            new(),
            new(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), clock),
            clock
        );
        await stage.StartAsync(TestContext.Current.CancellationToken);
        var before = machine.GetUtcNow();
        for (var i = 0; i < 20; i++)
        {
            if (i == 10)
                machine.Off = TimeSpan.FromHours(hours);
            var planes = new Mat(54, 64, MatType.CV_8UC1, Scalar.All(90));
            var frame = new EdgeAgent.Cameras.Frame(CameraId.Parse("one", null), clock.GetUtcNow(), new(planes));
            await observations.Writer.WriteAsync(
                new(frame, [new(1, "person", 0.9f, new(0.4f, 0.4f, 0.2f, 0.4f), new Dictionary<string, VoteResult>())], []),
                TestContext.Current.CancellationToken
            );
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var opened = (await orders.Reader.ReadAsync(patience.Token)).ShouldBeOfType<OpenCommand>();
        var closed = (await orders.Reader.ReadAsync(patience.Token)).ShouldBeOfType<CloseCommand>();
        closed.Finding.ShouldBe(opened.Finding.Id);
        (opened.Finding.OpenedAt - before).ShouldBeInRange(
            TimeSpan.FromSeconds(-1),
            TimeSpan.FromSeconds(2),
            "it was told before the clock was set"
        );
        closed.Lasted.ShouldBeInRange(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8));
        await stage.StopAsync(TestContext.Current.CancellationToken);
        orders.Reader.TryRead(out _).ShouldBeFalse("nothing is found twice");
    }

    [Theory]
    [InlineData(2.0, true)]
    [InlineData(0.2, false)]
    public async Task A_rule_that_the_rate_of_analyses_does_not_allow_is_reported_as_not_armed(double apart, bool reported)
    {
        using var services = new ServiceCollection().AddMetrics().AddDataProtection().Services.BuildServiceProvider();
        var machine = new FakeTimeProvider();
        var (clock, health) = (new AgentClock(machine), new AgentHealth());
        var observations = Channel.CreateUnbounded<Observation>();
        var site = new SiteStore(
            new AgentSettings
            {
                Cameras = new() { Cameras = [new() { Id = "one", Url = "rtsp://192.0.2.1/x" }] },
                Rules = [new() { Camera = "one", Kind = FindingKinds.NoMask }],
            }.Site,
            new AgentFolders(temporary.Folder()),
            services.GetRequiredService<IDataProtectionProvider>(),
            NullLogger<SiteStore>.Instance
        );
        using var stage = new RuleStage(
            site,
            new(clock, NullLogger<EdgeAgent.Cameras.CameraStatus>.Instance),
            observations,
            Channel.CreateUnbounded<EvidenceCommand>(),
            health,
            new(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), clock),
            clock
        );
        await stage.StartAsync(TestContext.Current.CancellationToken);
        for (var passed = 0.0; passed < 20; passed += apart)
        {
            var frame = new EdgeAgent.Cameras.Frame(
                CameraId.Parse("one", null),
                clock.GetUtcNow(),
                new(new Mat(54, 64, MatType.CV_8UC1, Scalar.All(90)))
            );
            await observations.Writer.WriteAsync(new(frame, [], []), TestContext.Current.CancellationToken);
            await UntilAsync(() => observations.Reader.Count == 0);
            var turned = health.RulesTurned;
            machine.Advance(TimeSpan.FromSeconds(apart));
            if (apart > 1)
                await UntilAsync(() => health.RulesTurned != turned);
        }

        await UntilAsync(() => health.UnarmedRules.Count == (reported ? 1 : 0));
        string.Join(' ', health.UnarmedOf(CameraId.Parse("one", null)))
            .Contains("is not armed", StringComparison.Ordinal)
            .ShouldBe(reported);
        await stage.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!holds())
            await Task.Delay(5, patience.Token);
    }

    private sealed class SetClock : TimeProvider
    {
        public TimeSpan Off { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Off;
    }
}
