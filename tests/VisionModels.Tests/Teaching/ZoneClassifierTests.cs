using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.VisionModels.Tests.Teaching;

public sealed class ZoneClassifierTests
{
    private readonly Random random = new(5);

    [Fact]
    public void States_that_differ_are_told_apart_and_the_zone_may_be_armed()
    {
        var examples = Examples("open", 0, 4).Concat(Examples("closed", 1, 4)).ToList();
        var report = ZoneClassifier.Check(examples);
        (report.Refusal, report.Accuracy, report.Examples).ShouldBe((null, 1f, 40));
        var learnt = ZoneClassifier.Fit(examples);
        learnt.Judge(Point(0)).ShouldSatisfyAllConditions(j => j.Label.ShouldBe("open"), j => j.Sure.ShouldBeTrue());
        learnt.Judge(Point(1)).ShouldSatisfyAllConditions(j => j.Label.ShouldBe("closed"), j => j.Sure.ShouldBeTrue());
    }

    [Fact]
    public void States_that_look_alike_are_refused()
    {
        var report = ZoneClassifier.Check([.. Examples("open", 0, 4), .. Examples("closed", 0, 4)]);
        report.Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void What_was_never_shown_is_unsure() =>
        ZoneClassifier.Fit([.. Examples("open", 0, 4), .. Examples("closed", 1, 4)]).Judge(Point(2)).Sure.ShouldBeFalse();

    [Fact]
    public void Examples_that_are_all_alike_do_not_make_a_slightly_other_picture_unknown()
    {
        var open = Point(0);
        var closed = Point(1);
        var learnt = ZoneClassifier.Fit([
            .. Enumerable.Range(0, 6).SelectMany(i => new ZoneExample[] { new("open", $"o{i}", open), new("closed", $"c{i}", closed) }),
        ]);
        learnt.Judge(Point(0)).ShouldSatisfyAllConditions(j => j.Label.ShouldBe("open"), j => j.Sure.ShouldBeTrue());
        learnt.Judge(Point(2)).Sure.ShouldBeFalse();
    }

    [Fact]
    public void Many_frames_of_one_occasion_are_not_enough()
    {
        var report = ZoneClassifier.Check([.. Examples("open", 0, 1), .. Examples("closed", 1, 4)]);
        report.Refusal!.ShouldContain("'open' was shown on 1 occasions");
    }

    [Fact]
    public void A_rare_state_is_learnt_beside_a_common_one()
    {
        var learnt = ZoneClassifier.Fit([.. Examples("open", 0, 3, each: 1), .. Examples("closed", 1, 10, each: 20)]);
        learnt.Judge(Point(0)).Label.ShouldBe("open");
    }

    [Fact]
    public void One_state_alone_is_asked_for_another() => ZoneClassifier.Check(Examples("open", 0, 4)).Refusal!.ShouldContain("two states");

    private List<ZoneExample> Examples(string state, int axis, int occasions, int each = 5) =>
        [
            .. Enumerable
                .Range(0, occasions)
                .SelectMany(o => Enumerable.Range(0, each).Select(_ => new ZoneExample(state, state + o, Point(axis)))),
        ];

    // Embeddings lie near one another in a common part and differ in one axis a state.
    private float[] Point(int axis)
    {
        var v = new float[32];
        for (var i = 0; i < v.Length; i++)
            v[i] = (float)(random.NextDouble() - 0.5) * 0.08f;
        v[31] += 1;
        v[axis] += 0.6f;
        var length = MathF.Sqrt(v.Sum(x => x * x));
        return Array.ConvertAll(v, x => x / length);
    }
}
