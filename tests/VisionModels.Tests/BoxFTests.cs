namespace BrightKitchen.VisionModels.Tests;

public sealed class BoxFTests
{
    [Fact]
    public void Half_overlapping_boxes_share_a_third() => new BoxF(0, 0, 10, 10).Iou(new BoxF(5, 0, 10, 10)).ShouldBe(1 / 3f, 1e-5f);

    [Fact]
    public void Touching_boxes_share_nothing() => new BoxF(0, 0, 10, 10).Iou(new BoxF(10, 0, 10, 10)).ShouldBe(0);
}
