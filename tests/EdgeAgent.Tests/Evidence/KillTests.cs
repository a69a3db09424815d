using BrightKitchen.Torture;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

public sealed class KillTests(Temporary temporary)
{
    // A thousand are made by ./run bench kill9.
    private const int Kills = 40;

    [Fact]
    public async Task Kills_at_any_moment_lose_nothing_that_was_promised_and_deliver_nothing_twice()
    {
        var stream = temporary.File("stream.mp4");
        await Ffmpeg.PictureAsync(stream, "320x180", 6, "-movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 500000");
        var count = await KillRounds.RunAsync(temporary.Folder(), stream, Kills, TestContext.Current.CancellationToken);
        count.Lost.ShouldBeEmpty();
        count.Twice.ShouldBeEmpty();
        count.Unplayable.ShouldBeEmpty();
        count.Findings.ShouldBeGreaterThan(Kills / 2, "the kills came while there was work");
    }
}
