using BrightKitchen.VisionModels.Preprocessing;
using BrightKitchen.VisionModels.Sessions;
using BrightKitchen.VisionModels.Teaching;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Tests.Preprocessing;

/// <summary>
/// What the shipped models get to see, pixel by pixel, beside slow and obvious versions in double precision that use nothing of OpenCV but
/// the pixels.
/// </summary>
public class ModelInputTests
{
    private const double Grey = 114;

    [Theory]
    [InlineData("detector", GridBoxesName, 96, 64)]
    [InlineData("head", "softmax", 0, 0)]
    public void Planes_are_scaled_bytes_in_the_models_order_of_colours(string name, string decoder, int width, int height)
    {
        using var session = new ModelSession(RepositoryModels.Folder, name, decoder, 1);
        var input = session.Manifest.Input;
        (width, height) = width == 0 ? (input.Width, input.Height) : (width, height);
        long anchors = session.Manifest.Strides.Sum(s => (long)(width / s) * (height / s));
        using var run = new BoundRun(
            session,
            [2, 3, height, width],
            decoder == GridBoxesName ? [2, anchors, 4 + session.Manifest.Classes.Count] : [2, session.Manifest.Classes.Count]
        );
        using var planes = new Planes(input);
        using var picture = Noise(width, height, 5);
        planes.Write(picture, run, 1);
        for (var channel = 0; channel < 3; channel++)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var pixel = picture.At<Vec3b>(y, x);
                    var value = input.Colour == "RGB" ? pixel[2 - channel] : pixel[channel];
                    ((double)run.Input[((3 + channel) * width * height) + (y * width) + x]).ShouldBe(
                        (value - input.Mean) * input.Scale,
                        1e-4
                    );
                }
            }
        }
    }

    [Theory]
    [InlineData(640, 360)]
    [InlineData(500, 375)]
    [InlineData(300, 700)]
    [InlineData(1280, 720)]
    public void The_detector_sees_the_whole_frame_at_its_aspect_and_grey_beside_it(int width, int height)
    {
        using var detector = new FrameDetector(RepositoryModels.Folder);
        var manifest = detector.Manifest;
        float[]? seen = null;
        IReadOnlyList<long> shape = [];
        detector.Session.Ran = run => (seen, shape) = ((float[])run.Input.Clone(), run.Shape);
        using var frame = Smooth(width, height);
        detector.Detect(frame);
        // The longer side becomes the model's; the other follows, and both are filled up to the largest stride.
        var ratio = (double)manifest.Input.Width / Math.Max(width, height);
        int w = (int)Math.Round(width * ratio),
            h = (int)Math.Round(height * ratio),
            step = manifest.Strides.Max();
        shape.ShouldBe([1, 3, (h + step - 1) / step * step, (w + step - 1) / step * step]);
        Compare(
            seen!,
            shape,
            manifest.Input.Colour,
            manifest.Input.Mean,
            manifest.Input.Scale,
            (x, y, c) =>
                x >= w || y >= h ? Grey : Bilinear(frame, ((x + 0.5) * width / w) - 0.5, ((y + 0.5) * height / h) - 0.5, c, edge: true),
            1.01
        );
    }

    // Inside, over each border, larger than the frame, tiny, and so large that it is averaged first.
    [Theory]
    [InlineData(200, 120, 50, 60, 2)]
    [InlineData(-20, -10, 60, 60, 2)]
    [InlineData(600, 330, 70, 50, 2)]
    [InlineData(300.4f, 100.7f, 33.3f, 41.9f, 2)]
    [InlineData(310, 170, 4, 5, 2)]
    [InlineData(40, 20, 520, 300, 8)]
    public void A_crop_is_a_square_around_the_box_with_grey_where_the_frame_ends(
        float x,
        float y,
        float boxWidth,
        float boxHeight,
        double tolerance
    )
    {
        using var classifier = new CropClassifier(RepositoryModels.Folder, "head");
        var manifest = classifier.Manifest;
        float[]? seen = null;
        IReadOnlyList<long> shape = [];
        classifier.Session.Ran = run => (seen, shape) = ((float[])run.Input.Clone(), run.Shape);
        using var frame = Smooth(640, 360);
        classifier.Judge(frame, [new(x, y, boxWidth, boxHeight)]);
        var side = Math.Max(1.0, Math.Max(boxWidth, boxHeight) * manifest.CropScale);
        double left = x + ((boxWidth - side) / 2),
            top = y + ((boxHeight - side) / 2),
            step = side / manifest.Input.Width;
        // At the very edge a half-covered pixel may be either: one pixel around it is not compared.
        Compare(
            seen!,
            shape,
            manifest.Input.Colour,
            manifest.Input.Mean,
            manifest.Input.Scale,
            (px, py, c) =>
            {
                double fx = left + (px * step),
                    fy = top + (py * step);
                if (fx < -1 - step || fy < -1 - step || fx > 640 + step || fy > 360 + step)
                    return Grey;
                if (side > 2 * manifest.Input.Width)
                    return fx < step || fy < step || fx > 640 - (2 * step) || fy > 360 - (2 * step)
                        ? null
                        : Mean(frame, fx, fy, fx + step, fy + step, c);
                return fx < step + 1 || fy < step + 1 || fx > 638 - step || fy > 358 - step ? null : Bilinear(frame, fx, fy, c, edge: true);
            },
            // A large one is shrunk in two steps, which differs from one step where the frame is steep.
            tolerance,
            mayDiffer: side > 2 * manifest.Input.Width ? 0.01 : 0
        );
    }

    [Theory]
    [InlineData(100, 60, 200, 150)]
    [InlineData(-50, -20, 120, 90)]
    [InlineData(560, 300, 200, 200)]
    [InlineData(10.5f, 20.5f, 40, 40)]
    public void An_embedding_is_of_the_part_of_the_region_that_lies_inside_and_of_length_one(float x, float y, float width, float height)
    {
        using var embedder = new Embedder(RepositoryModels.Folder);
        using var frame = Smooth(640, 360);
        var embedding = embedder.Embed(frame, new(x, y, width, height));
        embedding.Length.ShouldBe(embedder.Manifest.Size);
        Math.Sqrt(embedding.Sum(v => (double)v * v)).ShouldBe(1, 1e-4);
        // The same pixels cut out by hand, fed to the bare model.
        int left = Math.Max(0, (int)Math.Floor(x)),
            top = Math.Max(0, (int)Math.Floor(y)),
            right = Math.Min(640, (int)Math.Ceiling(x + width)),
            bottom = Math.Min(360, (int)Math.Ceiling(y + height));
        var expected = Slow(embedder, frame, left, top, right, bottom);
        embedding.Zip(expected, (a, b) => (double)a * b).Sum().ShouldBe(1, 0.003, "they point the same way");
        Should.Throw<ArgumentException>(() => embedder.Embed(frame, new(700, 10, 20, 20)));
    }

    // Each pixel of the model's input is the mean of what it covers where the part is larger, else between its neighbours.
    private static double[] Slow(Embedder embedder, Mat frame, int left, int top, int right, int bottom)
    {
        var input = embedder.Manifest.Input;
        using var session = new ModelSession(RepositoryModels.Folder, "embedding", "embedding", 1);
        using var run = new BoundRun(session, [1, 3, input.Height, input.Width], [1, embedder.Manifest.Size]);
        double w = right - left,
            h = bottom - top;
        var area = w > input.Width;
        for (var y = 0; y < input.Height; y++)
        {
            for (var x = 0; x < input.Width; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var value = area
                        ? Mean(
                            frame,
                            left + (x * w / input.Width),
                            top + (y * h / input.Height),
                            left + ((x + 1) * w / input.Width),
                            top + ((y + 1) * h / input.Height),
                            c
                        )
                        : Bilinear(
                            frame,
                            Math.Clamp(left + ((x + 0.5) * w / input.Width) - 0.5, left, right - 1),
                            Math.Clamp(top + ((y + 0.5) * h / input.Height) - 0.5, top, bottom - 1),
                            c,
                            edge: true
                        );
                    run.Input[((input.Colour == "RGB" ? 2 - c : c) * input.Width * input.Height) + (y * input.Width) + x] = (float)(
                        (value - input.Mean) * input.Scale
                    );
                }
            }
        }

        run.Run();
        var length = Math.Sqrt(run.Output.Sum(v => (double)v * v));
        return Array.ConvertAll(run.Output, v => v / length);
    }

    private static void Compare(
        float[] seen,
        IReadOnlyList<long> shape,
        string colour,
        float mean,
        float scale,
        Func<int, int, int, double?> reference,
        double tolerance,
        double mayDiffer = 0
    )
    {
        int height = (int)shape[2],
            width = (int)shape[3];
        var (compared, wrong) = (0, new List<string>());
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    if (reference(x, y, c) is not { } value)
                        continue;
                    compared++;
                    var found = (seen[((colour == "RGB" ? 2 - c : c) * width * height) + (y * width) + x] / scale) + mean;
                    if (Math.Abs(found - value) > tolerance)
                        wrong.Add($"{x},{y}/{c}: {found:0.0} instead of {value:0.0}");
                }
            }
        }

        compared.ShouldBeGreaterThan(width * height / 4);
        if (wrong.Count > mayDiffer * compared)
            wrong.Take(5).ShouldBeEmpty($"{wrong.Count} of {compared} values differ by more than {tolerance} of 255");
    }

    private static double Bilinear(Mat frame, double x, double y, int channel, bool edge)
    {
        if (edge)
            (x, y) = (Math.Clamp(x, 0, frame.Cols - 1), Math.Clamp(y, 0, frame.Rows - 1));
        int left = Math.Min((int)Math.Floor(x), frame.Cols - 2),
            top = Math.Min((int)Math.Floor(y), frame.Rows - 2);
        double fx = x - left,
            fy = y - top;
        double At(int dx, int dy) => frame.At<Vec3b>(top + dy, left + dx)[channel];
        return (At(0, 0) * (1 - fx) * (1 - fy)) + (At(1, 0) * fx * (1 - fy)) + (At(0, 1) * (1 - fx) * fy) + (At(1, 1) * fx * fy);
    }

    private static double Mean(Mat frame, double left, double top, double right, double bottom, int channel)
    {
        double sum = 0,
            weight = 0,
            rows = frame.Rows,
            columns = frame.Cols;
        for (var y = (int)Math.Floor(top); y < Math.Min(rows, bottom); y++)
        {
            for (var x = (int)Math.Floor(left); x < Math.Min(columns, right); x++)
            {
                var covered = (Math.Min(x + 1, right) - Math.Max(x, left)) * (Math.Min(y + 1, bottom) - Math.Max(y, top));
                sum += covered * frame.At<Vec3b>(y, x)[channel];
                weight += covered;
            }
        }

        return sum / weight;
    }

    private const string GridBoxesName = "grid-boxes";

    private static Mat Noise(int width, int height, ulong seed)
    {
        Cv2.SetTheRNG(seed);
        var noise = new Mat(height, width, MatType.CV_8UC3);
        Cv2.Randu(noise, Scalar.All(0), Scalar.All(255));
        return noise;
    }

    // Waves of another length and direction in each colour, so that a swapped axis, colour or half a pixel is seen.
    private static Mat Smooth(int width, int height)
    {
        var picture = new Mat(height, width, MatType.CV_8UC3);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                byte Wave(double a, double b) => (byte)Math.Round(128 + (100 * Math.Sin((x * a) + (y * b))));
                picture.Set(y, x, new Vec3b(Wave(0.021, 0.013), Wave(-0.017, 0.034), Wave(0.041, -0.011)));
            }
        }

        return picture;
    }
}
