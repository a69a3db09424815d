using BrightKitchen.VisionModels.Health;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Tests.Health;

public sealed class PictureHealthTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);
    private readonly PictureHealth health = new();
    private readonly Mat kitchen = Room(1);
    private readonly Mat street = Room(2);
    private int frame;

    public void Dispose()
    {
        health.Dispose();
        kitchen.Dispose();
        street.Dispose();
    }

    [Fact]
    public void A_usual_picture_with_somebody_before_it_is_good()
    {
        Usual();
        using var visited = kitchen.Clone();
        Cv2.Rectangle(visited, new Rect(220, 60, 160, 300), new Scalar(90, 60, 40), -1);
        Look(visited).ShouldBe(PictureState.Good);
    }

    [Fact]
    public void Less_light_is_good_and_none_is_dark()
    {
        Usual();
        using var dusk = new Mat();
        kitchen.ConvertTo(dusk, MatType.CV_8UC3, 0.5);
        Look(dusk).ShouldBe(PictureState.Good);
        using var night = new Mat();
        kitchen.ConvertTo(night, MatType.CV_8UC3, 0.03);
        Look(night).ShouldBe(PictureState.Dark);
    }

    [Fact]
    public void A_covered_lens_is_dark_whatever_its_colour()
    {
        Usual();
        using var cloth = new Mat(kitchen.Size(), MatType.CV_8UC3, new Scalar(160, 170, 200));
        Look(cloth).ShouldBe(PictureState.Dark);
    }

    [Fact]
    public void Another_view_is_moved_and_the_old_one_is_good_again()
    {
        Usual();
        Look(street).ShouldBe(PictureState.Moved);
        Look(kitchen).ShouldBe(PictureState.Good);
    }

    [Fact]
    public void Somebody_who_stands_before_half_of_a_bare_room_does_not_move_the_camera()
    {
        using var bare = Bare();
        for (var i = 0; i < 30; i++)
            Look(bare).ShouldBe(PictureState.Good);
        using var visited = bare.Clone();
        using var who = kitchen.SubMat(0, 300, 0, 300);
        using (var place = visited.SubMat(40, 340, 120, 420))
            who.CopyTo(place);
        Look(visited).ShouldBe(PictureState.Good);
        Look(street).ShouldBe(PictureState.Moved);
    }

    [Fact]
    public void Somebody_of_much_detail_who_was_there_while_the_view_was_learnt_leaves_it_as_sharp_as_it_was()
    {
        using var bare = Bare();
        // A portrait's worth of light and dark, that slides past.
        using Mat squares = new(18, 20, MatType.CV_8UC3),
            detail = new();
        Cv2.Randu(squares, Scalar.All(0), Scalar.All(255));
        Cv2.Threshold(squares, squares, 127, 255, ThresholdTypes.Binary);
        Cv2.Resize(squares, detail, new Size(230, 210), interpolation: InterpolationFlags.Nearest);
        for (var i = 0; i < 30; i++)
        {
            using var visited = bare.Clone();
            using (var place = visited.SubMat(60, 270, 20 + (i * 8), 250 + (i * 8)))
                detail.CopyTo(place);
            Look(visited).ShouldBe(PictureState.Good);
        }

        for (var i = 0; i < 60; i++)
            Look(bare).ShouldBe(PictureState.Good);
        using var greasy = new Mat();
        Cv2.GaussianBlur(bare, greasy, new Size(0, 0), 25);
        for (var i = 0; i < 10; i++)
            Look(greasy);
        Look(greasy).ShouldNotBe(PictureState.Good, "a lens that is greasy is still told");
    }

    [Theory]
    [InlineData(60, 0)]
    [InlineData(0, 40)]
    [InlineData(-25, 25)]
    public void A_camera_that_is_turned_a_little_is_moved(int x, int y)
    {
        Usual();
        using var turned = new Mat();
        using var by = Mat.FromPixelData(2, 3, MatType.CV_64FC1, new double[] { 1, 0, x, 0, 1, y });
        Cv2.WarpAffine(kitchen, turned, by, kitchen.Size(), InterpolationFlags.Linear, BorderTypes.Reflect);
        Look(turned).ShouldBe(PictureState.Moved);
    }

    [Fact]
    public void A_camera_that_was_moved_while_the_box_was_off_is_moved()
    {
        Usual();
        using var restarted = new PictureHealth(health.View());
        restarted.Look(street, Start).ShouldBe(PictureState.Moved);
        restarted.Look(kitchen, Start).ShouldBe(PictureState.Good);
    }

    [Fact]
    public void A_lens_that_became_greasy_while_the_box_was_off_is_blurred()
    {
        Usual();
        using var greasy = new Mat();
        Cv2.GaussianBlur(kitchen, greasy, new Size(0, 0), 25);
        using var restarted = new PictureHealth(health.View());
        restarted.Look(greasy, Start).ShouldBe(PictureState.Blurred);
    }

    [Fact]
    public void A_view_of_an_earlier_release_is_taken_and_becomes_whole()
    {
        Usual();
        var old = health.View()!.AsSpan(0, 160 * 90).ToArray();
        PictureHealth.IsWhole(old).ShouldBeFalse();
        using var restarted = new PictureHealth(old);
        restarted.View().ShouldBeNull("how sharp it usually is must be learnt first");
        restarted.Look(street, Start).ShouldBe(PictureState.Moved);
        restarted.Look(kitchen, Start.AddSeconds(1)).ShouldBe(PictureState.Good);
        PictureHealth.IsWhole(restarted.View()).ShouldBeTrue();
    }

    [Fact]
    public void A_greasy_lens_is_blurred()
    {
        Usual();
        using var greasy = new Mat();
        Cv2.GaussianBlur(kitchen, greasy, new Size(0, 0), 25);
        Look(greasy).ShouldBe(PictureState.Blurred);
    }

    [Fact]
    public void The_very_same_picture_for_a_minute_is_frozen()
    {
        health.Look(kitchen, Start).ShouldBe(PictureState.Good);
        for (var second = 1; second <= 60; second++)
            health.Look(kitchen, Start.AddSeconds(second)).ShouldBe(PictureState.Good);
        health.Look(kitchen, Start.AddSeconds(62)).ShouldBe(PictureState.Frozen);
        Look(kitchen).ShouldBe(PictureState.Good);
    }

    [Fact]
    public void Grain_is_no_motion_and_somebody_who_steps_aside_is()
    {
        Usual();
        health.Motion.ShouldBeLessThan(0.0005);
        using var visited = kitchen.Clone();
        Cv2.Rectangle(visited, new Rect(220, 60, 40, 100), new Scalar(90, 60, 40), -1);
        Look(visited);
        Look(visited);
        health.Motion.ShouldBeLessThan(0.0005);
        Cv2.Rectangle(visited, new Rect(232, 60, 40, 100), new Scalar(90, 60, 40), -1);
        Look(visited);
        health.Motion.ShouldBeInRange(0.0005, 0.1);
    }

    // A wall of tiles, a floor, a bin.
    private static Mat Bare()
    {
        var bare = new Mat(360, 640, MatType.CV_8UC3, new Scalar(210, 215, 210));
        for (var x = 0; x < 640; x += 80)
            Cv2.Line(bare, new Point(x, 0), new Point(x, 360), new Scalar(190, 196, 190), 1);
        Cv2.Rectangle(bare, new Rect(0, 290, 640, 70), new Scalar(150, 155, 150), -1);
        Cv2.Rectangle(bare, new Rect(500, 220, 80, 90), new Scalar(70, 110, 80), -1);
        return bare;
    }

    private void Usual()
    {
        for (var i = 0; i < 30; i++)
            Look(kitchen).ShouldBe(PictureState.Good);
    }

    // Every real frame differs from the one before by noise.
    private PictureState Look(Mat picture)
    {
        using Mat grain = new(picture.Size(), MatType.CV_8UC3),
            noisy = new();
        Cv2.Randn(grain, Scalar.All(6), Scalar.All(4));
        Cv2.Add(picture, grain, noisy);
        return health.Look(noisy, Start.AddSeconds(100 + (frame++ * 0.2)));
    }

    private static Mat Room(int seed)
    {
        var random = new Random(seed);
        var room = new Mat(360, 640, MatType.CV_8UC3, new Scalar(150, 150, 150));
        for (var i = 0; i < 25; i++)
        {
            var box = new Rect(random.Next(600), random.Next(330), random.Next(20, 160), random.Next(20, 120));
            Cv2.Rectangle(room, box, new Scalar(random.Next(255), random.Next(255), random.Next(255)), -1);
        }

        return room;
    }
}
