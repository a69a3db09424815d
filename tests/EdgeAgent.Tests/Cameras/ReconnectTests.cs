using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>When a camera is connected again, and how.</summary>
public sealed class ReconnectTests
{
    private static readonly StreamFault Closed = new(CameraStates.Failed, "the stream ended");
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(20)]
    [InlineData(45)]
    [InlineData(59)]
    public async Task A_camera_that_closes_after_a_while_is_back_within_two_seconds_each_time(int seconds)
    {
        await using var camera = new ScriptedCamera(time);
        var (connection, _) = await camera.ConnectedAsync();
        for (var i = 0; i < 15; i++)
        {
            Show(connection, seconds);
            connection.End(Closed);
            (connection, var dark) = await camera.ConnectedAsync();
            dark.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(2), $"after connection {i}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_camera_that_closes_at_once_is_asked_less_and_less(int seconds)
    {
        await using var camera = new ScriptedCamera(time);
        var (connection, _) = await camera.ConnectedAsync();
        var dark = TimeSpan.Zero;
        for (var i = 0; i < 12; i++)
        {
            Show(connection, seconds);
            connection.End(Closed);
            (connection, dark) = await camera.ConnectedAsync();
        }

        dark.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_clock_that_jumps_is_connected_at_once_and_one_that_jumps_again_soon_is_not_believed()
    {
        await using var camera = new ScriptedCamera(time);
        var (connection, _) = await camera.ConnectedAsync();
        for (var day = 0; day < 3; day++)
        {
            Show(connection, 5);
            time.Advance(TimeSpan.FromDays(1));
            connection.End(StreamFault.ClockJumped);
            connection = await camera.ConnectedAtOnceAsync();
            connection.ByArrival.ShouldBeFalse("a clock that is set once a day is a good one");
        }

        Show(connection, 5);
        connection.End(StreamFault.ClockJumped);
        (connection, _) = await camera.ConnectedAsync();
        connection.ByArrival.ShouldBeTrue();
        // Whatever else ends it now, it is no tight loop.
        connection.End(StreamFault.ClockJumped);
        (await camera.ConnectedAsync()).Waited.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_clock_that_was_not_believed_is_tried_again_with_a_connection_an_hour_later_and_not_before()
    {
        await using var camera = new ScriptedCamera(time);
        var (connection, _) = await camera.ConnectedAsync();
        connection.End(StreamFault.UselessTimestamps);
        (connection, _) = await camera.ConnectedAsync();
        connection.ByArrival.ShouldBeTrue();
        Show(connection, 50 * 60);
        connection.End(Closed);
        (connection, _) = await camera.ConnectedAsync();
        connection.ByArrival.ShouldBeTrue("it was found useless fifty minutes ago");
        Show(connection, 10 * 60);
        connection.End(Closed);
        (connection, _) = await camera.ConnectedAsync();
        connection.ByArrival.ShouldBeFalse("its clock may have been set right");
        connection.End(StreamFault.UselessTimestamps);
        (connection, _) = await camera.ConnectedAsync();
        connection.ByArrival.ShouldBeTrue("it was not");
    }

    [Theory]
    [InlineData(0.5, 0.5, true)]
    [InlineData(4, 0.1, true)]
    [InlineData(20, 20, true)]
    [InlineData(10, 0.5, false)]
    [InlineData(28800, 0.5, false)]
    [InlineData(1e15, 0.5, false)]
    public void Footage_is_not_longer_than_the_time_in_which_it_came(double length, double passed, bool believed)
    {
        var clock = new StreamClock(time);
        var epoch = new Epoch(1, [], "avc1", 1000);
        time.Advance(TimeSpan.FromSeconds(0.5));
        clock.Believes(new(epoch, 0, [], true, 0, 500, time.GetUtcNow())).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(passed));
        clock.Believes(new(epoch, 1, [], true, 500, (ulong)(length * 1000), time.GetUtcNow())).ShouldBe(believed);
        // The same between two fragments.
        clock = new(time);
        clock.Believes(new(epoch, 0, [], true, 0, 500, time.GetUtcNow())).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(passed));
        clock.Believes(new(epoch, 1, [], true, 500 + (ulong)(length * 1000), 10, time.GetUtcNow())).ShouldBe(believed);
    }

    private void Show(ScriptedCamera.Connection connection, int seconds)
    {
        var epoch = new Epoch(time.GetUtcNow().ToUnixTimeMilliseconds(), [], "avc1", 1000);
        for (var i = 0; i < seconds * 2; i++)
            connection.Give(new(epoch, i, [1], i % 2 == 0, (ulong)i * 500, 500, default));
    }
}
