using BrightKitchen.VisionModels.Decoding;

namespace BrightKitchen.VisionModels.Tests.Decoding;

public class NonMaximumSuppressionTests
{
    [Fact]
    public void Of_two_boxes_on_one_thing_the_better_stays_and_other_labels_are_untouched()
    {
        var weak = new Detection("face", 0.5f, new(1, 1, 10, 10));
        var best = new Detection("face", 0.9f, new(0, 0, 10, 10));
        var head = new Detection("head", 0.6f, new(0, 0, 10, 10));
        NonMaximumSuppression.Keep([weak, best, head], 0.5f).ShouldBe([best, head]);
    }
}
