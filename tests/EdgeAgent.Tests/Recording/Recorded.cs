using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

/// <summary>Real fragments, as a camera's copied stream gives them.</summary>
internal static class Recorded
{
    public static async Task<(List<Fragment> Fragments, string File)> AsAsync(Temporary temporary, int seconds, string size = "640x360")
    {
        var file = temporary.File("stream.mp4");
        await Ffmpeg.PictureAsync(file, size, seconds, "-movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 500000");
        var fragments = new List<Fragment>();
        await using var stream = File.OpenRead(file);
        await FragmentReader.ReadAsync(stream, TimeProvider.System, fragments.Add, TestContext.Current.CancellationToken);
        fragments.Sum(f => f.Duration.TotalSeconds).ShouldBe(seconds, 0.2);
        return (fragments, file);
    }
}
