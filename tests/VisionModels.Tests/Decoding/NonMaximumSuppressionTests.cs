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
        NonMaximumSuppression.Keep([weak, best, head], 0.5f, []).ShouldBe([best, head]);
    }

    [Fact]
    public void A_face_inside_a_face_is_one_face_but_a_child_before_a_grown_up_is_two_persons()
    {
        Detection loose = new("face", 0.9f, new(0, 0, 10, 12)),
            tight = new("face", 0.8f, new(2, 3, 6, 8));
        Detection grown = new("person", 0.9f, new(0, 0, 10, 30)),
            child = new("person", 0.8f, new(2, 12, 6, 16));
        NonMaximumSuppression.Keep([loose, tight, grown, child], 0.5f, ["face"]).ShouldBe([loose, grown, child], ignoreOrder: true);
    }
}
