using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Findings;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Service;

public sealed class AgentFindingsTests(Temporary temporary)
{
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Eleven);
    private readonly Channel<EvidenceCommand> orders = Channel.CreateUnbounded<EvidenceCommand>();
    private readonly AgentHealth health = new();

    [Fact]
    public async Task A_disk_that_will_not_hold_what_is_wanted_is_one_finding_for_as_long_as_it_lasts()
    {
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        using var watch = new AgentFindings(health, store, orders, new AgentClock(time));
        await watch.StartAsync(TestContext.Current.CancellationToken);
        await PassAsync(60);
        orders.Reader.TryRead(out _).ShouldBeFalse("all is well");
        health.StorageNote = "At the current rate the disk holds 1.4 days of recordings, but 7 are configured.";
        await PassAsync(20);
        health.StorageNote = null;
        await PassAsync(60);
        orders.Reader.TryRead(out _).ShouldBeFalse("what passes within half a minute is none");
        health.StorageNote = "At the current rate the disk holds 1.4 days of recordings, but 7 are configured.";
        await PassAsync(180);
        var opened = orders.Reader.TryRead(out var order)
            ? order.ShouldBeOfType<OpenCommand>()
            : throw new ShouldAssertException("no finding");
        (opened.Finding.Kind, opened.Finding.Camera, opened.Finding.Note).ShouldBe(
            (FindingKinds.BoxStorage, CameraId.Box, health.StorageNote)
        );
        opened.Finding.Fault().ShouldBeNull();
        opened.Still.AsSpan(0, 3).SequenceEqual<byte>([0xff, 0xd8, 0xff]).ShouldBeTrue();
        orders.Reader.TryRead(out _).ShouldBeFalse("it is raised once");
        health.StorageNote = null;
        await PassAsync(20);
        orders.Reader.TryRead(out var closing).ShouldBeTrue();
        closing.ShouldBeOfType<CloseCommand>().Finding.ShouldBe(opened.Finding.Id);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_camera_that_is_not_recorded_is_a_finding_until_it_is_however_well_the_others_are()
    {
        var (line, oven) = (CameraId.Parse("line", null), CameraId.Parse("oven", null));
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        using var watch = new AgentFindings(health, store, orders, new AgentClock(time));
        await watch.StartAsync(TestContext.Current.CancellationToken);
        health.RecordingFailed(line, "more than it sent").ShouldBeTrue();
        health.RecordingFailed(oven, "more than it sent").ShouldBeTrue();
        health.RecordingWorks(oven).ShouldBeTrue();
        await PassAsync(60);
        var opened = (await orders.Reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeOfType<OpenCommand>();
        (opened.Finding.Kind, opened.Finding.Note).ShouldBe((FindingKinds.BoxStorage, "more than it sent"));
        health.RecordingWorks(line).ShouldBeTrue();
        await PassAsync(20);
        orders.Reader.TryRead(out var closing).ShouldBeTrue();
        closing.ShouldBeOfType<CloseCommand>().Finding.ShouldBe(opened.Finding.Id);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Damage_is_a_finding_that_says_what_became_of_it()
    {
        var path = temporary.File("evidence.db");
        using (var store = new EvidenceStore(path, time))
            store.Add(
                new(FindingId.New(Eleven), CameraId.Parse("line", null), "zone", FindingKinds.NoMask, Eleven, null, 0.9f, [], []),
                [1, 2, 3],
                []
            );
        using (var file = File.OpenWrite(path))
        {
            file.Position = 8192;
            file.Write(new byte[40_000]);
        }

        using var damaged = new EvidenceStore(path, time);
        damaged.Rescued.ShouldNotBeNull();
        using var watch = new AgentFindings(health, damaged, orders, new AgentClock(time));
        await watch.StartAsync(TestContext.Current.CancellationToken);
        var opened = (await orders.Reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeOfType<OpenCommand>();
        opened.Finding.Kind.ShouldBe(FindingKinds.BoxDamaged);
        opened.Finding.Note!.ShouldContain("1 findings were restored");
        damaged.Add(opened.Finding, opened.Still, []);
        damaged.Since(Eleven.AddDays(-1)).Count.ShouldBe(2);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    // The timer's turns are taken one at a time, as on a real clock.
    private async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
