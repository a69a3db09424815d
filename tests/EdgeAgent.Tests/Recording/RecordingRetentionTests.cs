using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Recording;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

public sealed class RecordingRetentionTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly CameraId Line = CameraId.Parse("line", null);
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Where_space_is_short_recordings_go_first_also_before_they_are_indexed()
    {
        var root = temporary.Folder();
        var (fragments, _) = await Recorded.AsAsync(temporary, 4);
        using (var writer = new SegmentWriter(root, Line, fragments[0], time.GetUtcNow()))
        {
            foreach (var fragment in fragments)
                writer.Append(fragment, time.GetUtcNow());
        }

        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        var now = time.GetUtcNow();
        var report = new FindingReport(FindingId.New(now), Line, "zone", FindingKinds.NoMask, now, null, 0.9f, [], []);
        store.Add(report, [0xff, 0xd8, 0xff], []);
        store.Finish(report.Id, []);
        store.Close(report.Id, TimeSpan.Zero);
        foreach (var entry in store.Outbox(10))
            store.Acknowledge(entry);
        time.Advance(TimeSpan.FromHours(2));
        // No disk is that large: space is short from the first look on.
        var options = new RecordingOptions { KeepFreeGigabytes = 10_000_000 };
        var (recordings, health) = (new Recordings(root, NullLogger<Recordings>.Instance), new AgentHealth());
        using var keeper = new RecordingRetention(
            options,
            recordings,
            store,
            health,
            new AgentClock(time),
            NullLogger<RecordingRetention>.Instance
        );
        await keeper.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync(() => health.DiskSize > 0);
        await TurnAsync(3);
        store.Find(report.Id).ShouldNotBeNull("what is not indexed yet may be a recording that goes first");

        recordings.Load();
        await UntilAsync(() => recordings.Oldest(1).Count == 0);
        Directory.EnumerateFiles(root, "*.mp4", SearchOption.AllDirectories).ShouldBeEmpty();
        await UntilAsync(() => store.Find(report.Id) is null);
        await keeper.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_recording_whose_folder_was_removed_by_hand_keeps_no_other()
    {
        var root = temporary.Folder();
        var (fragments, _) = await Recorded.AsAsync(temporary, 4);
        foreach (var day in new[] { time.GetUtcNow().AddDays(-3), time.GetUtcNow() })
        {
            using var writer = new SegmentWriter(root, Line, fragments[0], day);
            writer.Append(fragments[0], day);
        }

        var (recordings, health) = (new Recordings(root, NullLogger<Recordings>.Instance), new AgentHealth());
        recordings.Load();
        var oldest = recordings.Oldest(2);
        oldest.Count.ShouldBe(2);
        Directory.Delete(Path.GetDirectoryName(oldest[0].Path)!, true);
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        using var keeper = new RecordingRetention(
            new() { KeepFreeGigabytes = 10_000_000 },
            recordings,
            store,
            health,
            new AgentClock(time),
            NullLogger<RecordingRetention>.Instance
        );
        await keeper.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync(() => recordings.Oldest(1).Count == 0);
        Directory.EnumerateFiles(root, "*.mp4", SearchOption.AllDirectories).ShouldBeEmpty();
        await keeper.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_deletes_nothing_for_its_age_until_it_has_stayed_there_for_a_day()
    {
        var root = temporary.Folder();
        var (fragments, _) = await Recorded.AsAsync(temporary, 4);
        using (var writer = new SegmentWriter(root, Line, fragments[0], time.GetUtcNow()))
            writer.Append(fragments[0], time.GetUtcNow());
        var machine = new SetClock(time);
        var clock = new AgentClock(machine);
        var recordings = new Recordings(root, NullLogger<Recordings>.Instance);
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        using var keeper = new RecordingRetention(new(), recordings, store, new(), clock, NullLogger<RecordingRetention>.Instance);
        keeper.AgeNow(clock.ToldNow()).ShouldBe(DateTimeOffset.MinValue, "nothing is indexed yet");
        recordings.Load();
        DateTimeOffset Told() => keeper.AgeNow(clock.ToldNow());

        for (var hour = 0; hour < 72; hour++)
        {
            Told().ShouldBe(clock.ToldNow());
            time.Advance(TimeSpan.FromHours(1));
        }

        var before = clock.ToldNow();
        machine.Off = TimeSpan.FromDays(400);
        for (var hour = 0; hour < 24; hour++)
        {
            (Told() - before).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromHours(25));
            time.Advance(TimeSpan.FromHours(1));
        }

        // Set right meanwhile, and wrong again: the day begins anew.
        machine.Off = TimeSpan.Zero;
        Told().ShouldBe(clock.ToldNow());
        machine.Off = TimeSpan.FromDays(400);
        Told().ShouldBeLessThan(before.AddDays(3));
        time.Advance(TimeSpan.FromHours(23));
        Told().ShouldBeLessThan(before.AddDays(3));
        time.Advance(TimeSpan.FromHours(2));
        Told().ShouldBe(clock.ToldNow(), "nobody set it right within a day: it is right");
    }

    private sealed class SetClock(TimeProvider inner) : TimeProvider
    {
        public TimeSpan Off { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Off;

        public override long GetTimestamp() => inner.GetTimestamp();
    }

    private async Task UntilAsync(Func<bool> so)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !so(); await TurnAsync(1))
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);
    }

    // The keeper looks every twenty seconds.
    private async Task TurnAsync(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
