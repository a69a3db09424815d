using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Live;

/// <summary>What of a public picture is blurred, and that nothing comes back from it.</summary>
public sealed class BlurTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 4, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Before_the_models_looked_and_when_they_are_late_all_of_it_is_blurred()
    {
        var memory = new BlurMemory();
        memory.PartsOf(Noon, false, []).ShouldBeNull("nothing is known yet");
        memory.PartsOf(Noon, true, []).ShouldBe([], "they looked and nobody is there");
        memory.PartsOf(Noon + BlurMemory.Late, false, []).ShouldBe([]);
        memory.PartsOf(Noon + BlurMemory.Late + TimeSpan.FromMilliseconds(1), false, []).ShouldBeNull("the models are late or down");
        memory.PartsOf(Noon.AddHours(-1), false, []).ShouldBeNull("the clock was set back");
    }

    [Fact]
    public void A_head_is_grown_and_held_for_a_second_after_it_was_lost()
    {
        var memory = new BlurMemory();
        var head = new BoxF(0.4f, 0.4f, 0.1f, 0.1f);
        var part = memory.PartsOf(Noon, true, [Seen("head", head)]).ShouldHaveSingleItem();
        (part.X, part.Y, part.Width, part.Height).ShouldSatisfyAllConditions(
            p => p.X.ShouldBe(0.36f, 0.001f), p => p.Y.ShouldBe(0.36f, 0.001f), p => p.Width.ShouldBe(0.18f, 0.001f), p => p.Height.ShouldBe(0.18f, 0.001f));
        memory.PartsOf(Noon.AddMilliseconds(900), true, []).ShouldNotBeNull().Count.ShouldBe(1, "the detector lost it");
        memory.PartsOf(Noon.AddMilliseconds(1100), true, []).ShouldBe([]);
    }

    [Fact]
    public void A_person_without_a_head_is_blurred_where_it_must_be_and_one_with_a_head_only_there()
    {
        var person = new BoxF(0.3f, 0.2f, 0.2f, 0.6f);
        var top = new BlurMemory().PartsOf(Noon, true, [Seen("person", person)]).ShouldHaveSingleItem();
        (top.Y <= 0.2f && top.Y + top.Height >= 0.2f + (0.6f * 0.4f)).ShouldBeTrue();
        new BlurMemory().PartsOf(Noon, true, [Seen("person", person), Seen("face", new(0.35f, 0.22f, 0.08f, 0.1f))])!.Count.ShouldBe(1);
        new BlurMemory().PartsOf(Noon, true, [Seen("person", person), Seen("head", new(0.8f, 0.22f, 0.08f, 0.1f))])!.Count.ShouldBe(2, "that head is somebody else's");
    }

    [Fact]
    public void Nothing_finer_than_a_few_squares_is_left_within_and_nothing_changes_without()
    {
        using var noise = Noise();
        using var blurred = noise.Clone();
        Mosaic.Over(blurred, [new BoxF(0.25f, 0.25f, 0.25f, 0.5f)]);
        using (var part = new Mat(blurred, new Rect(160, 90, 160, 180)))
            Colours(part).ShouldBeLessThanOrEqualTo(25);
        using (var pair = new Pair(new Mat(blurred, new Rect(0, 0, 150, 360)), new Mat(noise, new Rect(0, 0, 150, 360))))
            Cv2.Norm(pair.One, pair.Other).ShouldBe(0);
        using var all = noise.Clone();
        Mosaic.Over(all, null);
        Colours(all).ShouldBeLessThanOrEqualTo(24 * 24);
    }

    [Theory]
    [InlineData(-0.5f, -0.5f, 0.6f, 0.6f)]
    [InlineData(0.95f, 0.95f, 0.3f, 0.3f)]
    [InlineData(1.5f, 1.5f, 0.2f, 0.2f)]
    [InlineData(0.5f, 0.5f, 0f, 0f)]
    [InlineData(-1f, -1f, 3f, 3f)]
    public void Boxes_at_and_beyond_the_border_are_no_fault(float x, float y, float width, float height)
    {
        using var noise = Noise();
        Mosaic.Over(noise, [new BoxF(x, y, width, height)]);
        noise.Size().ShouldBe(new Size(640, 360));
    }

    private static Glimpse Seen(string label, BoxF box) => new(label, box);

    private static Mat Noise()
    {
        var noise = new Mat(360, 640, MatType.CV_8UC3);
        Cv2.Randu(noise, Scalar.All(0), Scalar.All(255));
        return noise;
    }

    private static int Colours(Mat picture)
    {
        using var own = picture.Clone();
        own.GetArray(out Vec3b[] pixels);
        return pixels.Distinct().Count();
    }

    private sealed record Pair(Mat One, Mat Other) : IDisposable
    {
        public void Dispose()
        {
            One.Dispose();
            Other.Dispose();
        }
    }
}
