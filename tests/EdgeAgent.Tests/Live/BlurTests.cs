using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;
using FsCheck;
using FsCheck.Fluent;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Live;

/// <summary>What of a public picture is blurred, and that nothing comes back from it.</summary>
public sealed class BlurTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 4, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_picture_that_the_models_did_not_analyse_is_blurred_as_a_whole()
    {
        var memory = new BlurMemory();
        memory.PartsOf(Noon, false, []).ShouldBeNull("nothing is known yet");
        memory.PartsOf(Noon, true, []).ShouldBe([], "they looked and nobody is there");
        foreach (var later in new[] { 1, 200, 1000, 1001, 1100, 1200, 1201, 60_000 })
            memory
                .PartsOf(Noon.AddMilliseconds(later), false, [])
                .ShouldBeNull("the camera is dark or turned away, or the models are late");
        memory.PartsOf(Noon.AddHours(-1), false, []).ShouldBeNull("the clock was set back");
    }

    [Fact]
    public void No_head_of_a_picture_that_was_analysed_last_or_within_a_second_is_ever_clear_whenever_the_analyses_come() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true), Prop.ForAll(Arb.From(Shows), shows =>
            {
                var (memory, at, seen) = (new BlurMemory(), Noon, new List<(DateTimeOffset At, RectF Head)>());
                foreach (var (ms, analysed, x) in shows)
                {
                    at += TimeSpan.FromMilliseconds(ms);
                    var head = new RectF(x / 100f, 0.4f, 0.1f, 0.1f);
                    var parts = memory.PartsOf(at, analysed, analysed && x < 90 ? [Seen("head", head)] : []);
                    (parts is null).ShouldBe(!analysed, "what the models did not analyse is blurred as a whole, and nothing else is");
                    if (analysed && x < 90)
                        seen.Add((at, head));
                    foreach (var (when, covered) in seen.Where(s => at - s.At <= TimeSpan.FromSeconds(1)))
                        (
                            parts is null
                            || parts.Any(p =>
                                p.X <= covered.X && p.Y <= covered.Y && p.Right >= covered.Right && p.Bottom >= covered.Bottom
                            )
                        ).ShouldBeTrue($"the head seen at {when:ss.fff} is clear at {at:ss.fff}");
                }
            }));

    [Fact]
    public void A_head_stays_blurred_when_the_clock_is_set_back()
    {
        var memory = new BlurMemory();
        memory.PartsOf(Noon, true, [Seen("head", new(0.4f, 0.4f, 0.1f, 0.1f))]);
        memory.PartsOf(Noon.AddHours(-1), true, []).ShouldNotBeNull().Count.ShouldBe(1);
        memory.PartsOf(Noon.AddHours(-1).AddSeconds(2), true, []).ShouldBe([]);
    }

    [Fact]
    public void A_head_is_grown_and_held_for_a_second_after_it_was_lost()
    {
        var memory = new BlurMemory();
        var head = new RectF(0.4f, 0.4f, 0.1f, 0.1f);
        var part = memory.PartsOf(Noon, true, [Seen("head", head)]).ShouldHaveSingleItem();
        (part.X, part.Y, part.Width, part.Height).ShouldSatisfyAllConditions(
            p => p.X.ShouldBe(0.36f, 0.001f),
            p => p.Y.ShouldBe(0.36f, 0.001f),
            p => p.Width.ShouldBe(0.18f, 0.001f),
            p => p.Height.ShouldBe(0.18f, 0.001f)
        );
        memory.PartsOf(Noon.AddMilliseconds(900), true, []).ShouldNotBeNull().Count.ShouldBe(1, "the detector lost it");
        memory.PartsOf(Noon.AddMilliseconds(1100), true, []).ShouldBe([]);
    }

    [Fact]
    public void A_person_without_a_head_is_blurred_where_it_must_be_and_one_with_a_head_only_there()
    {
        var person = new RectF(0.3f, 0.2f, 0.2f, 0.6f);
        var top = new BlurMemory().PartsOf(Noon, true, [Seen("person", person)]).ShouldHaveSingleItem();
        (top.Y <= 0.2f && top.Y + top.Height >= 0.2f + (0.6f * 0.4f)).ShouldBeTrue();
        new BlurMemory().PartsOf(Noon, true, [Seen("person", person), Seen("face", new(0.35f, 0.22f, 0.08f, 0.1f))])!.Count.ShouldBe(1);
        new BlurMemory()
            .PartsOf(Noon, true, [Seen("person", person), Seen("head", new(0.8f, 0.22f, 0.08f, 0.1f))])!
            .Count.ShouldBe(2, "that head is somebody else's");
        // A stands before B: A's head lies where B's must be, and B's was not found.
        RawDetection[] two =
        [
            Seen("person", person),
            Seen("person", new(0.34f, 0.18f, 0.25f, 0.7f)),
            Seen("head", new(0.37f, 0.22f, 0.08f, 0.1f)),
        ];
        new BlurMemory().PartsOf(Noon, true, two)!.Count.ShouldBe(2, "one head, and where the other must be");
        new BlurMemory()
            .PartsOf(Noon, true, [.. two, Seen("face", new(0.38f, 0.24f, 0.06f, 0.07f))])!
            .Count.ShouldBe(3, "a face within a head is the same person's");
    }

    [Fact]
    public void Nothing_finer_than_a_few_squares_is_left_within_and_nothing_changes_without()
    {
        using var noise = Noise();
        using var blurred = noise.Clone();
        Mosaic.Over(blurred, [new RectF(0.25f, 0.25f, 0.25f, 0.5f)]);
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
        Mosaic.Over(noise, [new RectF(x, y, width, height)]);
        noise.Size().ShouldBe(new Size(640, 360));
    }

    private static readonly Gen<(int Ms, bool Analysed, int X)[]> Shows = (
        from ms in Gen.Frequency((6, Gen.Choose(20, 400)), (2, Gen.Choose(900, 1300)), (1, Gen.Choose(1300, 5000)))
        from analysed in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        from x in Gen.Choose(0, 99)
        select (ms, analysed, x)
    )
        .ArrayOf()
        .Resize(40);

    private static RawDetection Seen(string label, RectF box) => new(label, box);

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
