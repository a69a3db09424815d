using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Tests.Cameras;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

/// <summary>What shows only after hours, in faster time: real fragments, the real supervisor, ring, recorder and disk.</summary>
public sealed class LongLifeTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero));
    private readonly AgentHealth health = new();

    [Fact]
    public async Task A_camera_that_reconnects_twenty_times_after_long_runs_is_recorded_once()
    {
        // Longer than the ring reaches back: that is when a follower that compares numbers of two connections begins to repeat itself.
        const int connections = 20,
            fragmentsEach = 100;
        var (real, _) = await Recorded.AsAsync(temporary, 6);
        await using var camera = new ScriptedCamera(time);
        using var counted = new Counted(camera.Meters);
        var recordings = new Recordings(temporary.Folder(), NullLogger<Recordings>.Instance);
        using var recorder = Recorder(camera, recordings);
        await recorder.StartAsync(TestContext.Current.CancellationToken);
        await recordings.Loaded.WaitAsync(Patience, TestContext.Current.CancellationToken);
        using var watching = new CancellationTokenSource();
        var (followed, given) = (0L, 0L);
        var viewer = FollowAsync();
        var began = time.GetUtcNow();
        var (connection, _) = await camera.ConnectedAsync();
        connection.Give(real[0]);
        given = real[0].Bytes.Length;
        await PassUntilAsync(() => counted["edge_recorded"] == given && Volatile.Read(ref followed) == given);
        for (var i = 0; i < connections; i++)
        {
            var epoch = real[0].Epoch with { Number = time.GetUtcNow().ToUnixTimeMilliseconds() };
            for (var n = 0; n < fragmentsEach; n++)
            {
                var fragment = real[n % real.Count] with { Epoch = epoch, Number = n };
                connection.Give(fragment);
                given += fragment.Bytes.Length;
                // A disk that keeps up, as the ring does not wait for it.
                if (n % 20 == 19)
                    await UntilAsync(() => counted["edge_recorded"] >= given && Volatile.Read(ref followed) >= given);
            }

            connection.End(new(CameraStates.Failed, "the stream ended"));
            (connection, _) = await camera.ConnectedAsync();
        }

        // What repeats itself does so at the disk's pace: a quarter of a second is a thousand fragments.
        await Task.Delay(250, TestContext.Current.CancellationToken);
        await watching.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(viewer.WaitAsync(Patience, TestContext.Current.CancellationToken));
        await recorder.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        counted["edge_stream_received"].ShouldBe(given);
        ((double)counted["edge_recorded"] / given).ShouldBe(1, 0.01);
        ((double)Volatile.Read(ref followed) / given).ShouldBe(1, 0.01, "a viewer gets each fragment once too");
        ((double)recordings.Bytes / given).ShouldBe(1, 0.02, "on the disk, with a box before each fragment");
        counted["edge_recording_surplus"].ShouldBe(0);
        health.RecordingFault.ShouldBeNull();
        var stretches = recordings.Stretches(CameraId.Parse("line", null), began, time.GetUtcNow().AddMinutes(1));
        var recorded = stretches.Sum(s => (s.To - s.From).TotalSeconds);
        recorded.ShouldBe(connections * fragmentsEach * 0.5, connections * 3, "the timeline is as long as what came");

        async Task FollowAsync()
        {
            await foreach (var fragment in camera.Set.Slots.Values.Single().Ring.FollowAsync(watching.Token))
                Interlocked.Add(ref followed, fragment.Bytes.Length);
        }
    }

    [Fact]
    public async Task A_recording_that_would_hold_more_than_came_is_stopped_reported_and_continued()
    {
        var (real, _) = await Recorded.AsAsync(temporary, 4);
        await using var camera = new ScriptedCamera(time);
        using var counted = new Counted(camera.Meters);
        var recordings = new Recordings(temporary.Folder(), NullLogger<Recordings>.Instance);
        using var recorder = Recorder(camera, recordings);
        await recorder.StartAsync(TestContext.Current.CancellationToken);
        await recordings.Loaded.WaitAsync(Patience, TestContext.Current.CancellationToken);
        var (connection, _) = await camera.ConnectedAsync();
        connection.Give(real[0]);
        connection.Give(real[1]);
        await PassUntilAsync(() => counted["edge_recorded"] == real[0].Bytes.Length + real[1].Bytes.Length);
        // What the camera never gave, as a fault in the ring would make it.
        var ring = camera.Set.Slots.Values.Single().Ring;
        for (var n = 0; n < 50; n++)
            ring.Add(real[n % 2] with { Arrived = time.GetUtcNow() });
        await PassUntilAsync(() => health.RecordingFault is not null);
        health.RecordingFault.ShouldNotBeNull().ShouldContain("camera 'line'");
        counted["edge_recording_surplus"].ShouldBe(1);
        counted["edge_recorded"].ShouldBe(real[0].Bytes.Length + real[1].Bytes.Length);
        // Behind the pause the camera is recorded with what is new, and only with that.
        var (stopped, next) = (time.GetUtcNow(), 2);
        await PassUntilAsync(() =>
        {
            connection.Give(real[next++ % real.Count]);
            return health.RecordingFault is null;
        });
        (time.GetUtcNow() - stopped).ShouldBeGreaterThan(RecordingStage.SurplusPause - TimeSpan.FromSeconds(1));
        counted["edge_recorded"].ShouldBeLessThanOrEqualTo(counted["edge_stream_received"]);
        await recorder.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_fragment_that_cannot_be_recorded_costs_itself_and_not_the_recording()
    {
        var (real, _) = await Recorded.AsAsync(temporary, 4);
        await using var camera = new ScriptedCamera(time);
        using var counted = new Counted(camera.Meters);
        var recordings = new Recordings(temporary.Folder(), NullLogger<Recordings>.Instance);
        using var recorder = Recorder(camera, recordings);
        await recorder.StartAsync(TestContext.Current.CancellationToken);
        await recordings.Loaded.WaitAsync(Patience, TestContext.Current.CancellationToken);
        var (connection, _) = await camera.ConnectedAsync();
        connection.Give(real[0]);
        await PassUntilAsync(() => counted["edge_recorded"] == real[0].Bytes.Length);
        // A length that no time span holds.
        var ring = camera.Set.Slots.Values.Single().Ring;
        camera.Metrics.StreamReceived(CameraId.Parse("line", null), 100);
        ring.Add(real[1] with { Bytes = real[1].Bytes[..100], Length = ulong.MaxValue, Arrived = time.GetUtcNow() });
        await PassUntilAsync(() => health.RecordingFault is not null);
        foreach (var fragment in real)
            connection.Give(fragment);
        await PassUntilAsync(() => counted["edge_recorded"] == real[0].Bytes.Length + real.Sum(f => f.Bytes.Length));
        health.RecordingFault.ShouldBeNull();
        await recorder.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private RecordingStage Recorder(ScriptedCamera camera, Recordings recordings) =>
        new(new(), recordings, camera.Set, camera.Metrics, health, new AgentClock(time), NullLogger<RecordingStage>.Instance);

    private static async Task UntilAsync(Func<bool> so)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(1, TestContext.Current.CancellationToken))
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);
    }

    // Timers of the recorder turn meanwhile.
    private async Task PassUntilAsync(Func<bool> so)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(2, TestContext.Current.CancellationToken))
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, health.RecordingFault);
            time.Advance(TimeSpan.FromSeconds(0.25));
        }
    }

    /// <summary>The sums of counters.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly System.Diagnostics.Metrics.MeterListener listener = new();
        private readonly Dictionary<string, long> sums = [];

        public Counted(System.Diagnostics.Metrics.IMeterFactory meters)
        {
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Scope == meters)
                    l.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>(
                (instrument, value, _, _) =>
                {
                    lock (sums)
                        sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value;
                }
            );
            listener.Start();
        }

        public long this[string name]
        {
            get
            {
                lock (sums)
                    return sums.GetValueOrDefault(name);
            }
        }

        public void Dispose() => listener.Dispose();
    }
}
