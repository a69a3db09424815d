namespace BrightKitchen.VisionModels.Tests;

public sealed class BoxFTests
{
    [Fact]
    public void Half_overlapping_boxes_share_a_third() => new RectF(0, 0, 10, 10).Iou(new RectF(5, 0, 10, 10)).ShouldBe(1 / 3f, 1e-5f);

    [Fact]
    public void Touching_boxes_share_nothing() => new RectF(0, 0, 10, 10).Iou(new RectF(10, 0, 10, 10)).ShouldBe(0);
}
