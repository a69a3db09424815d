using System.Diagnostics;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

public sealed class FrameRequestsTests
{
    private static readonly CameraId Line = CameraId.Parse("line", null);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Six_hundred_requests_leave_no_picture_behind()
    {
        var requests = new FrameRequests();
        using var shown = new PlanarPicture(new Mat(540, 640, MatType.CV_8UC1, Scalar.All(90)));
        await AskAsync(20);
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        var before = process.WorkingSet64;
        await AskAsync(600);
        process.Refresh();
        // Each picture is 0.7 MB: all of them would be 415 MB.
        (process.WorkingSet64 - before).ShouldBeLessThan(200_000_000);

        async Task AskAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var asked = requests.NextAsync(Line, Patience, Cancel);
                requests.Show(Line, shown);
                using var picture = await asked;
                picture.Size().ShouldBe(new Size(640, 360));
            }
        }
    }

    [Fact]
    public async Task Several_who_ask_for_one_frame_own_a_picture_each()
    {
        var requests = new FrameRequests();
        using var shown = new PlanarPicture(new Mat(540, 640, MatType.CV_8UC1, Scalar.All(90)));
        var asked = Enumerable.Range(0, 3).Select(_ => requests.NextAsync(Line, Patience, Cancel)).ToList();
        requests.Show(Line, shown);
        var pictures = await Task.WhenAll(asked);
        pictures.Select(p => p.Data).Append(shown.Bgr.Data).ShouldBeUnique();
        foreach (var picture in pictures)
            picture.Dispose();
    }

    [Fact]
    public async Task Who_gives_up_gets_a_timeout_and_the_next_one_the_next_frame()
    {
        var requests = new FrameRequests();
        using var shown = new PlanarPicture(new Mat(540, 640, MatType.CV_8UC1, Scalar.All(90)));
        await Should.ThrowAsync<TimeoutException>(requests.NextAsync(Line, TimeSpan.FromMilliseconds(1), Cancel));
        using var stop = new CancellationTokenSource();
        var stopped = requests.NextAsync(Line, Patience, stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(stopped);
        var asked = requests.NextAsync(Line, Patience, Cancel);
        requests.Show(Line, shown);
        (await asked).Dispose();
    }
}
