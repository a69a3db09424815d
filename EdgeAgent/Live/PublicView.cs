using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Media;
using FFMpegCore;
using FFMpegCore.Pipes;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>
/// One camera's public picture while it is watched: the frames that the models analysed, blurred by the detections on each and encoded
/// small. A viewer never receives a frame that has not passed through the analysis. Frames that arrive faster than they are encoded are
/// dropped.
/// </summary>
internal sealed partial class PublicView : IAsyncDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Channel<Picture> pictures = Channel.CreateBounded<Picture>(
        new BoundedChannelOptions(2) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );
    private readonly CancellationTokenSource stop = new();
    private readonly BlurMemory memory = new();
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Task running;

    public PublicView(TimeProvider time, ILogger logger)
    {
        (this.time, this.logger) = (time, logger);
        Ring = new(Kept, time);
        running = Task.Run(() => RunAsync(stop.Token));
    }

    public FragmentRing Ring { get; }

    /// <summary>Adds an analysed frame; the caller keeps ownership.</summary>
    public void Show(Observation judged)
    {
        lock (gate)
        {
            using var picture = judged.Frame.Bgr.Clone();
            Mosaic.Over(picture, memory.PartsOf(judged.Frame.At, judged.Looked, judged.RawDetections));
            var bytes = new byte[picture.Total() * picture.ElemSize()];
            Marshal.Copy(picture.Data, bytes, 0, bytes.Length);
            pictures.Writer.TryWrite(new(picture.Cols, picture.Rows, bytes));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                var first = await pictures.Reader.ReadAsync(end);
                await FFMpegArguments
                    .FromPipeInput(new Source(first, pictures.Reader))
                    .OutputToPipe(new Sink(this), output =>
                        output.WithCustomArgument(
                            "-an -vf scale='min(640,iw)':-2,format=yuv420p -c:v libx264 -preset ultrafast -tune zerolatency -crf 27 "
                                + "-maxrate 500k -bufsize 500k -bf 0 -g 10 -fps_mode passthrough -threads 1 "
                                + "-flush_packets 1 -movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 300000 -f mp4"
                        )
                    )
                    .RunAsync(new() { LogLevel = FFMpegCore.Enums.FFMpegLogLevel.Error }, TimeSpan.FromSeconds(1), end);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Any exception: letting it escape would end the view permanently and fault its disposal, which stops the program.
                if (!end.IsCancellationRequested)
                    PublicViewBroken(e.Message);
            }

            if (!end.IsCancellationRequested)
                await Task.Delay(Pause, time, CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The public video cannot be encoded; the encoder is restarted: {Reason}")]
    private partial void PublicViewBroken(string reason);

    private sealed record Picture(int Width, int Height, byte[] Bgr);

    // Timestamped on arrival, because the frame rate is variable.
    private sealed class Source(Picture first, ChannelReader<Picture> rest) : IPipeSource
    {
        public string GetStreamArguments() =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"-use_wallclock_as_timestamps 1 -f rawvideo -pix_fmt bgr24 -framerate 100 -video_size {first.Width}x{first.Height}"
            );

        public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken)
        {
            await outputStream.WriteAsync(first.Bgr, cancellationToken);
            await foreach (var next in rest.ReadAllAsync(cancellationToken))
            {
                // A change of size requires a new stream.
                if (next.Width != first.Width || next.Height != first.Height)
                    return;
                await outputStream.WriteAsync(next.Bgr, cancellationToken);
            }
        }
    }

    private sealed class Sink(PublicView view) : IPipeSink
    {
        public Task ReadAsync(Stream inputStream, CancellationToken cancellationToken) =>
            FragmentReader.ReadAsync(inputStream, view.time, view.Ring.Add, cancellationToken);

        public string GetStreamArguments() => "";
    }
}
