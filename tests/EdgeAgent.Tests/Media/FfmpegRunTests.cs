using BrightKitchen.EdgeAgent.Media;
using FFMpegCore;

namespace BrightKitchen.EdgeAgent.Tests.Media;

/// <summary>How an ffmpeg ends.</summary>
public sealed class FfmpegRunTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_ffmpeg_that_is_just_exiting_does_not_fail_the_code_that_ends_it()
    {
        var folder = temporary.Folder();
        // What an ffmpeg is for a moment of every exit: it runs, and its standard input is closed.
        var ready = Path.Combine(folder, "ready");
        var program = Path.Combine(folder, "ffmpeg");
        await File.WriteAllTextAsync(
            program,
            $"#!/bin/sh\n[ \"$1\" = -version ] && exit 0\nexec 0<&-\ntouch '{ready}'\nsleep 1.5\n",
            TestContext.Current.CancellationToken
        );
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var end = new CancellationTokenSource();
        var running = FFMpegArguments
            .FromFileInput("none", verifyExists: false)
            .OutputToFile(Path.Combine(folder, "out.mp4"))
            .RunAsync(new() { BinaryFolder = folder }, TimeSpan.FromSeconds(5), end.Token);
        for (
            var since = TimeProvider.System.GetTimestamp();
            !File.Exists(ready);
            await Task.Delay(10, TestContext.Current.CancellationToken)
        )
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);

        Should.NotThrow(end.Cancel);
        (await running.WaitAsync(Patience, TestContext.Current.CancellationToken)).Success.ShouldBeFalse("it was cancelled");
    }
}
