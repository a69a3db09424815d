using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Media;
using Microsoft.Extensions.Time.Testing;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Detection;

public sealed class FairSchedulerTests
{
    private readonly FakeTimeProvider time = new();
    private readonly FrameSignal bell = new();
    private readonly List<CameraSet.Slot> slots;
    private readonly FairScheduler turns;

    public FairSchedulerTests()
    {
        slots =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(i => new CameraSet.Slot(
                    new() { Id = $"c{i}" },
                    new(bell, () => { }),
                    new FragmentRing(TimeSpan.FromSeconds(1), time)
                )),
        ];
        turns = new(() => slots, bell, time);
    }

    [Fact]
    public async Task Who_waited_longest_comes_next_however_busy_the_others_are()
    {
        var order = new List<string>();
        for (var turn = 0; turn < 9; turn++)
        {
            // The first camera always has a frame; so have the others, but slower ones must not wait for it.
            slots.ForEach(Put);
            var (slot, frame) = await NextAsync();
            frame.Dispose();
            order.Add(slot.Camera.Id);
            time.Advance(TimeSpan.FromMilliseconds(10));
            turns.Done(slot);
        }

        order.ShouldBe(["c0", "c1", "c2", "c0", "c1", "c2", "c0", "c1", "c2"]);
        Empty();
    }

    [Fact]
    public async Task A_camera_is_with_one_worker_at_a_time_and_its_waiting_frame_is_not_forgotten()
    {
        Put(slots[0]);
        var (slot, frame) = await NextAsync();
        frame.Dispose();
        Put(slots[0]);
        var next = NextAsync();
        next.IsCompleted.ShouldBeFalse();
        turns.Done(slot);
        (await next).Frame.Dispose();
    }

    [Fact]
    public async Task A_camera_whose_settings_change_while_it_is_looked_at_is_still_with_one_worker()
    {
        Put(slots[0]);
        var (slot, frame) = await NextAsync();
        frame.Dispose();
        slots[0] = slot with
        {
            Camera = new() { Id = "c0", Name = "renamed" },
        };
        Put(slots[0]);
        var next = NextAsync();
        (await Task.WhenAny(next, Task.Delay(300, TestContext.Current.CancellationToken))).ShouldNotBe(next);
        turns.Done(slot);
        (await next).Frame.Dispose();
    }

    [Fact]
    public async Task Two_frames_under_one_ring_reach_two_workers()
    {
        var (a, b) = (NextAsync(), NextAsync());
        Put(slots[0]);
        Put(slots[1]);
        var got = await Task.WhenAll(a, b);
        got.Select(g => g.Place.Camera.Id).Order().ShouldBe(["c0", "c1"]);
        foreach (var (_, frame) in got)
            frame.Dispose();
    }

    private async Task<(CameraSet.Slot Place, Frame Frame)> NextAsync() =>
        await turns
            .NextAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    private void Put(CameraSet.Slot slot) =>
        slot.Inbox.Put(new(CameraId.Parse(slot.Camera.Id, null), time.GetUtcNow(), new(new Mat(3, 2, MatType.CV_8UC1))));

    private void Empty()
    {
        foreach (var slot in slots)
        {
            if (slot.Inbox.TryTake(out var left))
                left!.Dispose();
        }
    }
}
