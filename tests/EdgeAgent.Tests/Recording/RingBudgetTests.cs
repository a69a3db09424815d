using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

/// <summary>The memory of all rings together, and what becomes of a ring whose camera is gone.</summary>
public sealed class RingBudgetTests
{
    private const int Piece = 1000;
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(40);
    private readonly Epoch epoch = new(1, [], "avc1", 10);
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero));

    [Fact]
    public void All_rings_together_hold_no_more_than_is_given_and_the_large_ones_pay()
    {
        var budget = new RingBudget(100 * Piece);
        FragmentRing small = new(Kept, time, budget),
            large = new(Kept, time, budget),
            larger = new(Kept, time, budget);
        for (var second = 0; second < 300; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            small.Add(Next(second, Piece / 10));
            large.Add(Next(second, 5 * Piece));
            larger.Add(Next(second, 20 * Piece));
            budget.Bytes.ShouldBeLessThanOrEqualTo((100 + 25) * Piece);
            foreach (var ring in new[] { small, large, larger })
                ring.Newest!.Number.ShouldBe(second, "the newest is always there");
        }

        Held(small).Count.ShouldBeInRange(39, 42, "who holds little loses nothing");
        // A third at least, as long as it wants that much.
        Held(large).Sum(f => f.Bytes.Length).ShouldBeInRange(28 * Piece, 72 * Piece);
        Held(larger).Sum(f => f.Bytes.Length).ShouldBeInRange(28 * Piece, 72 * Piece);
    }

    [Fact]
    public async Task A_camera_that_is_taken_out_gives_its_memory_back_and_who_follows_it_comes_to_an_end()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var set = new CameraSet(new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), time), time);
        CameraOptions one = new() { Id = "one", Url = "rtsp://192.0.2.1/x" },
            two = new() { Id = "two", Url = "rtsp://192.0.2.2/x" };
        set.Apply([one, two]);
        var (gone, stays) = (set.Slots[one.CameraId].Ring, set.Slots[two.CameraId].Ring);
        foreach (var ring in new[] { gone, stays })
            ring.Add(Next(0, Piece));
        var following = FollowAsync(gone);

        set.Apply([two]);
        (await following.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe(1);
        gone.Add(Next(1, Piece));
        gone.Newest.ShouldBeNull("what still came of it is not kept");
        stays.Newest.ShouldNotBeNull();

        set.Apply([one, two]);
        set.Slots[one.CameraId].Ring.ShouldNotBeSameAs(gone);
        set.Slots[two.CameraId].Ring.ShouldBeSameAs(stays);
        set.Apply([one, new() { Id = "two", Url = "rtsp://192.0.2.3/other" }]);
        set.Slots[two.CameraId].Ring.ShouldBeSameAs(stays, "one that is read in another way keeps its fragments");
        stays.Newest.ShouldNotBeNull();
    }

    [Fact]
    public void Rings_that_end_count_no_more()
    {
        var budget = new RingBudget(100 * Piece);
        FragmentRing one = new(Kept, time, budget),
            other = new(Kept, time, budget);
        one.Add(Next(0, 50 * Piece));
        other.Add(Next(0, 30 * Piece));
        one.Close();
        one.Close();
        budget.Bytes.ShouldBe(30 * Piece);
        for (var i = 1; i < 4; i++)
            other.Add(Next(i, 30 * Piece));
        Held(other).Count.ShouldBe(3, "all of it is now one ring's");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(85)]
    public void All_that_a_ring_holds_may_be_recorded_at_once(int keyEvery)
    {
        var ring = new FragmentRing(Kept, time);
        var balance = new ByteBalance(time);
        for (var second = 0; second < 600; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            balance.Received(Piece);
            ring.Add(Next(second, Piece, second % keyEvery == 0));
            // A recorder that could not write until now begins with what is there.
            balance.Allows(Held(ring).Sum(f => f.Bytes.Length)).ShouldBeTrue($"after {second} s");
        }
    }

    private static List<Fragment> Held(FragmentRing ring) => [.. ring.Cut(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)];

    private static async Task<int> FollowAsync(FragmentRing ring)
    {
        var count = 0;
        await foreach (var _ in ring.FollowAsync(TestContext.Current.CancellationToken))
            count++;
        return count;
    }

    private Fragment Next(int number, int bytes, bool key = true) =>
        new(epoch, number, new byte[bytes], key, (ulong)number * 10, 10, time.GetUtcNow());
}
