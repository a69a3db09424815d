using System.Diagnostics;
using BrightKitchen.VisionModels.Health;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Tests.Health;

/// <summary>
/// A sensor that hangs behind a live encoder, and a still kitchen, through real encoders as a device reads them: five frames a second, 640
/// wide.
/// </summary>
public sealed class FrozenSensorTests : IDisposable
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Seconds = 75;
    private const int Rate = 5;
    private const string X264 = "-c:v libx264 -preset ultrafast -bf 0 -threads 1";
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-frozen-").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [Theory]
    [InlineData(X264 + " -b:v 400k -maxrate 400k -bufsize 400k -g 20")]
    [InlineData("-c:v mpeg4 -b:v 500k -g 12")]
    public async Task A_frame_that_is_encoded_again_and_again_is_frozen(string encoder) =>
        (await StatesAsync("", encoder)).ShouldContain(PictureState.Frozen);

    // The noise of a good sensor in good light, and of a poor one; what an encoder with few bits leaves of it.
    [Theory]
    [InlineData(1, X264 + " -b:v 400k -maxrate 400k -bufsize 400k -g 20")]
    [InlineData(1, X264 + " -crf 30 -g 20")]
    [InlineData(4, X264 + " -b:v 200k -maxrate 200k -bufsize 400k -g 20")]
    public async Task A_still_kitchen_is_never_frozen(int noise, string encoder) =>
        (await StatesAsync($",noise=c0s={noise}:c0f=t", encoder)).ShouldNotContain(PictureState.Frozen);

    [Fact]
    public async Task A_sensor_that_hangs_while_its_encoder_draws_a_clock_is_frozen() =>
        (
            await StatesAsync(
                ",drawbox=x=20:y=8:w=200:h=24:c=black:t=fill:enable='lt(mod(t\\,2)\\,1)'",
                X264 + " -b:v 400k -maxrate 400k -bufsize 400k -g 20"
            )
        ).ShouldContain(PictureState.Frozen);

    private async Task<HashSet<PictureState>> StatesAsync(string more, string encoder)
    {
        var (still, stream) = (Path.Combine(folder, "still.png"), Path.Combine(folder, "stream.ts"));
        using (var kitchen = Kitchen())
            Cv2.ImWrite(still, kitchen);
        await RunAsync($"-framerate 10 -i {still} -t {Seconds} -vf format=yuv420p,loop=-1:1:0{more} {encoder} -y {stream}");
        using var ffmpeg = Process.Start(
            new ProcessStartInfo("ffmpeg", $"-hide_banner -loglevel error -i {stream} -vf fps={Rate},format=gray -f rawvideo -")
            {
                RedirectStandardOutput = true,
            }
        )!;
        var (states, pixels, frame) = (new HashSet<PictureState>(), new byte[Width * Height], 0);
        using var health = new PictureHealth();
        while (
            await ffmpeg.StandardOutput.BaseStream.ReadAtLeastAsync(
                pixels,
                pixels.Length,
                throwOnEndOfStream: false,
                TestContext.Current.CancellationToken
            ) == pixels.Length
        )
        {
            using var picture = Mat.FromPixelData(Height, Width, MatType.CV_8UC1, pixels);
            states.Add(health.Look(picture, Start.AddSeconds((double)frame++ / Rate)));
        }

        await ffmpeg.WaitForExitAsync(TestContext.Current.CancellationToken);
        frame.ShouldBeGreaterThan((Seconds - 3) * Rate);
        return states;
    }

    // Boxes of all sizes with the fine structure of steel and tiles.
    private static Mat Kitchen()
    {
        var random = new Random(3);
        var room = new Mat(Height, Width, MatType.CV_8UC3, new Scalar(150, 150, 150));
        for (var i = 0; i < 60; i++)
            Cv2.Rectangle(
                room,
                new Rect(random.Next(600), random.Next(330), random.Next(10, 130), random.Next(10, 100)),
                new Scalar(random.Next(255), random.Next(255), random.Next(255)),
                -1
            );
        using Mat structure = new(room.Size(), MatType.CV_8UC3),
            both = new();
        Cv2.SetTheRNG(7);
        Cv2.Randu(structure, Scalar.All(0), Scalar.All(24));
        Cv2.Add(room, structure, both);
        both.CopyTo(room);
        return room;
    }

    private static async Task RunAsync(string arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("ffmpeg", "-hide_banner -loglevel error " + arguments) { RedirectStandardError = true }
        )!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, errors);
    }
}
