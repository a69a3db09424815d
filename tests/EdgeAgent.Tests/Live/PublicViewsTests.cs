using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Live;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Live;

/// <summary>How long a public picture lasts.</summary>
public sealed class PublicViewsTests
{
    private static readonly CameraId Line = CameraId.Parse("line", null);

    [Fact]
    public async Task A_picture_that_is_held_outlasts_a_camera_that_gives_nothing_and_one_that_nobody_asks_for_ends()
    {
        var time = new FakeTimeProvider();
        using var views = new PublicViews(time, NullLogger<PublicViews>.Instance);
        await views.StartAsync(TestContext.Current.CancellationToken);
        views.Watched(Line).ShouldBeNull();
        var view = views.Hold(Line);
        views.Ask(Line).ShouldBeSameAs(view);
        await PassAsync(time, 60);
        views.Watched(Line).ShouldBeSameAs(view, "the server's viewers wait for the camera to come back");
        views.Release(Line);
        await PassAsync(time, 5);
        views.Watched(Line).ShouldBeSameAs(view);
        for (var tries = 0; views.Watched(Line) is not null; tries++)
        {
            tries.ShouldBeLessThan(100, "it ends");
            await PassAsync(time, 1);
        }

        await views.StopAsync(TestContext.Current.CancellationToken);
    }

    // The sweeper runs beside: each second gives it a turn.
    private static async Task PassAsync(FakeTimeProvider time, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
