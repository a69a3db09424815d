using BrightKitchen.EdgeAgent.Tools.Scoring;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tests.Tools;

public sealed class ScoreTests
{
    private static readonly RectF Left = new(0, 0, 10, 10);
    private static readonly RectF Right = new(50, 0, 10, 10);
    private static readonly RectF Nowhere = new(90, 90, 10, 10);

    [Fact]
    public void Average_precision_is_the_area_under_the_curve_that_falls()
    {
        // By hand: hits at ranks 1 and 3 of 3, two known: 1/2 × 1 + 1/2 × 2/3.
        var score = new BoxScore(0.5f);
        score.Add("hand", [Left, Right], [(0.9f, Left), (0.8f, Nowhere), (0.6f, Right)]);
        var hand = score.PerClass["hand"];
        hand.Ap50.ShouldBe(0.8333, 1e-4);
        (hand.N, hand.Precision, hand.Recall).ShouldBe((2, 0.6667, 1));
    }

    [Fact]
    public void A_thing_that_is_found_twice_is_found_once()
    {
        var score = new BoxScore(0.5f);
        score.Add("hand", [Left], [(0.9f, Left), (0.8f, Left)]);
        score.PerClass["hand"].Precision.ShouldBe(0.5);
    }

    [Fact]
    public void Weak_finds_count_for_the_curve_and_not_for_the_shipped_threshold()
    {
        var score = new BoxScore(0.5f);
        score.Add("hand", [Left], [(0.3f, Left)]);
        (score.PerClass["hand"].Ap50, score.PerClass["hand"].Recall).ShouldBe((1, 0));
    }

    [Fact]
    public void Unsure_answers_count_for_the_share_of_unsure_and_for_nothing_else()
    {
        var score = new CropScore(ModelManifest.Read(Repository.Models, "hand").Manifest);
        score.Add("bare", new("bare", 0.9f, true));
        score.Add("bare", new("gloved", 0.9f, true));
        score.Add("bare", new("gloved", 0.5f, false));
        score.Add("gloved", new("gloved", 0.9f, true));
        (score.N, score.Accuracy, score.Unsure).ShouldBe((4, 0.6667, 0.25));
        score.PerClass["bare"].Recall.ShouldBe(0.3333);
        score.PerClass["gloved"].Precision.ShouldBe(0.5);
    }

    [Theory]
    [InlineData(50, 100, 0.4038, 0.5962)]
    [InlineData(100, 100, 0.963, 1)]
    [InlineData(0, 0, 0, 1)]
    public void Intervals_are_Wilsons(int hits, int n, double low, double high)
    {
        Interval.Of(hits, n)[0].ShouldBe(low, 1e-3);
        Interval.Of(hits, n)[1].ShouldBe(high, 1e-3);
    }
}
