using BrightKitchen.VisionModels.Decoding;
using FsCheck;
using FsCheck.Fluent;

namespace BrightKitchen.VisionModels.Tests.Decoding;

/// <summary>
/// The detector's output beside a slow, obvious reading of it: anchor by anchor from the number of the row alone, in double precision.
/// </summary>
public class GridBoxesTests
{
    private static readonly string[] Classes = ["person", "head", "face"];
    private static readonly int[] Strides = [8, 16, 32];

    private static readonly Gen<(int Across, int Down, int Seed, int Threshold, int Ratio)> Tensors =
        from across in Gen.Choose(1, 4)
        from down in Gen.Choose(1, 4)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from threshold in Gen.Choose(1, 99)
        from ratio in Gen.Choose(10, 250)
        select (across, down, seed, threshold, ratio);

    [Fact]
    public void Every_box_is_where_a_slow_reading_says() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true), Prop.ForAll(Arb.From(Tensors), tensor =>
            {
                var (width, height, threshold, ratio) = (
                    tensor.Across * 32,
                    tensor.Down * 32,
                    tensor.Threshold / 100f,
                    tensor.Ratio / 100f
                );
                var random = new Random(tensor.Seed);
                var anchors = Strides.Sum(s => width / s * (height / s));
                var rows = Enumerable
                    .Range(0, anchors * 7)
                    .Select(i => i % 7 >= 4 ? random.NextSingle() : (random.NextSingle() * 4) - 2)
                    .ToArray();
                var fast = GridBoxes.Read(rows, width, height, Strides, Classes, threshold, ratio);
                var slow = Slow(rows, width, height, threshold, ratio);
                fast.Count.ShouldBe(slow.Count);
                foreach (var (found, told) in fast.Zip(slow))
                {
                    (found.Label, found.Score).ShouldBe((told.Label, told.Score));
                    ((double)found.Box.X).ShouldBe(told.Left, 0.01);
                    ((double)found.Box.Y).ShouldBe(told.Top, 0.01);
                    ((double)found.Box.Right).ShouldBe(told.Right, 0.01);
                    ((double)found.Box.Bottom).ShouldBe(told.Bottom, 0.01);
                }
            }));

    private static List<(string Label, float Score, double Left, double Top, double Right, double Bottom)> Slow(
        float[] rows,
        int width,
        int height,
        float threshold,
        float ratio
    )
    {
        var found = new List<(string, float, double, double, double, double)>();
        for (var row = 0; row < rows.Length / 7; row++)
        {
            var (cell, stride) = (row, Strides[0]);
            foreach (var next in Strides)
            {
                stride = next;
                if (cell < width / next * (height / next))
                    break;
                cell -= width / next * (height / next);
            }

            var (column, line) = (cell % (width / stride), cell / (width / stride));
            double Of(int field) => rows[(row * 7) + field];
            var (x, y) = ((column + Of(0)) * stride, (line + Of(1)) * stride);
            var (halfWidth, halfHeight) = (Math.Exp(Of(2)) * stride / 2, Math.Exp(Of(3)) * stride / 2);
            for (var c = 0; c < Classes.Length; c++)
            {
                if (rows[(row * 7) + 4 + c] >= threshold)
                    found.Add(
                        (
                            Classes[c],
                            rows[(row * 7) + 4 + c],
                            (x - halfWidth) / ratio,
                            (y - halfHeight) / ratio,
                            (x + halfWidth) / ratio,
                            (y + halfHeight) / ratio
                        )
                    );
            }
        }

        return found;
    }
}
