using BrightKitchen.Torture;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

public sealed class KillTests(Temporary temporary)
{
    [Fact]
    public async Task Two_hundred_kills_lose_nothing_that_was_promised_and_deliver_nothing_twice()
    {
        var stream = temporary.File("stream.mp4");
        await Ffmpeg.PictureAsync(stream, "320x180", 6, "-movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 500000");
        var count = await KillRounds.RunAsync(temporary.Folder(), stream, 200, TestContext.Current.CancellationToken);
        count.Lost.ShouldBeEmpty();
        count.Twice.ShouldBeEmpty();
        count.Unplayable.ShouldBeEmpty();
        // Two hundred and more on a quiet machine; a third of it where two cores are shared by many.
        count.Findings.ShouldBeGreaterThan(40, "the kills came while there was work");
    }
}
