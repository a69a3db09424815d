using System.Collections.Concurrent;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.EdgeAgent.Media;
using FFMpegCore;
using FFMpegCore.Enums;
using FFMpegCore.Exceptions;
using FFMpegCore.Pipes;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Consumers of one camera connection: decoded frames, stream fragments or both.</summary>
internal sealed record StreamTaps(Action<PlanarPicture>? Frame, Action<Fragment>? Fragment)
{
    /// <summary>
    /// Receives a description of the stream's condition whenever it changes: that a key frame is awaited, and how rare key frames are.
    /// </summary>
    public Action<string>? Note { get; init; }

    /// <summary>Called when the camera answers, and every second while it sends, even before the first picture.</summary>
    public Action? Heard { get; init; }

    /// <summary>Receives the video track of the camera's SDP before the first picture.</summary>
    public Action<VideoTrack>? Described { get; init; }
}

/// <summary>Runs one ffmpeg process on one RTSP URL until the stream ends, stalls or changes its resolution.</summary>
internal sealed class CameraReader(CamerasOptions options, string scratch, TimeProvider time)
{
    private const int LinesKept = 40;

    // Warnings within Lately. Packet loss causes a few; a camera with broken timestamps causes one per picture.
    private const int ComplaintsOfTimestamps = 25;
    private const string Input = "-hide_banner -nostats -protocol_whitelist file,rtsp,rtp,udp,tcp -f concat -safe 0";
    private const string Fragments =
        "-map 0:v:0 -an -flush_packets 1 -movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 500000 -f mp4";
    private const string Copied = "-c:v copy";

    // One key frame per second, so that clips can start there; no B-frames, which would add latency to the live view.
    private const string Encoded =
        "-vf scale='min(1280,iw)':-2 -c:v libx264 -preset superfast -crf 25 -bf 0 -pix_fmt yuv420p "
        + "-force_key_frames expr:gte(t,n_forced)";

    // Folder of a wrapper that starts ffmpeg with resource limits; empty, which means plain ffmpeg, where the wrapper is not executable.
    private static readonly string Limited =
        !OperatingSystem.IsWindows()
        && Path.Combine(AppContext.BaseDirectory, "Cameras", "Limits") is var folder
        && File.Exists(Path.Combine(folder, "ffmpeg"))
        && (File.GetUnixFileMode(Path.Combine(folder, "ffmpeg")) & UnixFileMode.UserExecute) != 0
            ? folder
            : "";

    private static readonly bool HasGraphics = Directory.Exists("/dev/dri") || File.Exists("/dev/nvidiactl");
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NoticeableWait = TimeSpan.FromSeconds(3);

    // Key frame interval by stream; outlives connections.
    private readonly ConcurrentDictionary<string, TimeSpan> intervals = new();

    /// <summary>Reads one connection and returns why it ended; throws only when <paramref name="stop"/> is cancelled.</summary>
    public async Task<StreamFault> RunOnceAsync(StreamAddress address, StreamTaps taps, CancellationToken stop)
    {
        RtspRelay relay;
        try
        {
            relay = await RtspRelay.OpenAsync(address, options.StallAfter, time, stop);
        }
        catch (RtspFaultException e)
        {
            return e.Fault;
        }

        await using (relay)
        {
            taps.Described?.Invoke(relay.Video);
            taps.Heard?.Invoke();
            return await ReadAsync(address, relay, taps, stop);
        }
    }

    private async Task<StreamFault> ReadAsync(StreamAddress address, RtspRelay relay, StreamTaps taps, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var list = Path.Combine(scratch, $"{Guid.NewGuid():N}.ffconcat");
        var lines = new ConcurrentQueue<string>();
        StreamFault? own = null;
        var alive = time.GetTimestamp();
        var shown = false;
        void Alive()
        {
            Volatile.Write(ref alive, time.GetTimestamp());
            Volatile.Write(ref shown, true);
        }

        void End(StreamFault fault)
        {
            own ??= fault;
            end.Cancel();
        }

        var (complaints, counted) = (0, time.GetTimestamp());
        void Line(string line)
        {
            if (!address.ByArrival && StreamFault.TellsOfTimestamps(line))
            {
                if (time.GetElapsedTime(counted) > Lately)
                    (complaints, counted) = (0, time.GetTimestamp());
                if (++complaints == ComplaintsOfTimestamps)
                    End(StreamFault.UselessTimestamps);
                return;
            }

            lines.Enqueue(address.Redact(line));
            while (lines.Count > LinesKept)
                lines.TryDequeue(out _);
        }

        // On a change of resolution ffmpeg logs nothing and scales frames to the first size, which distorts the models' input; a clip would
        // change its resolution midway.
        byte[]? shape = null;
        var clock = new StreamClock(time);
        void Fragment(Fragment fragment)
        {
            Alive();
            var now = fragment.Key ? Mp4.ParameterSet(fragment.Bytes, fragment.Epoch.Codec) : default;
            if (!clock.Believes(fragment))
                End(StreamFault.ClockJumped);
            else if (!now.IsEmpty && !now.SequenceEqual(shape ??= now.ToArray()))
                End(new(CameraStates.Connecting, "the picture's size changed"));
            else
                taps.Fragment?.Invoke(fragment);
        }

        var rarity = new KeyFrameRarity(relay.Frames, address.ToString(), intervals);
        await using var watchdog = time.CreateTimer(
            _ =>
            {
                var (wasShown, waited) = (Volatile.Read(ref shown), time.GetElapsedTime(Volatile.Read(ref alive)));
                var frames = relay.Frames;
                // Over UDP the packets bypass the relay: all that is known is that the camera accepted PLAY.
                var sends = frames.SincePacket is { } since ? since < options.StallAfter : relay.Playing && address.Transport == "udp";
                if (sends)
                    taps.Heard?.Invoke();
                var awaitsKey = !wasShown && sends && frames.AreKnown && frames.SinceFirst is null;
                waited = !wasShown && frames.SinceFirst is { } sinceKey ? sinceKey : waited;
                var patience =
                    wasShown ? options.StallAfter
                    : awaitsKey ? options.KeyFrameWithin
                    : options.ConnectWithin;
                if (waited > patience)
                    End(new(CameraStates.Silent, awaitsKey ? StreamFault.NoKeyFrame : $"no picture for {patience.TotalSeconds:0} s"));
                else if (rarity.Note(wasShown, awaitsKey && frames.SincePacket is not null && waited > NoticeableWait) is { } note)
                    taps.Note?.Invoke(note);
            },
            null,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1)
        );
        try
        {
            var unknownTillKey = relay.Frames.AreKnown && !relay.Video.HasParameterSets;
            address.WriteList(list, relay.Url, options.StallAfter, unknownTillKey ? options.KeyFrameWithin : null);
            // Copying a codec that MP4 cannot hold makes ffmpeg exit; where only frames are wanted, no fragments are requested.
            var fragments = relay.Video.NeedsEncoding && taps.Fragment is null ? null : (Action<Fragment>)Fragment;
            await Build(list, (address.Reencode || relay.Video.NeedsEncoding) && taps.Fragment is not null, fragments, taps.Frame, Alive)
                .NotifyOnStandardError(Line)
                .RunAsync(
                    new()
                    {
                        LogLevel = FFMpegLogLevel.Info,
                        TemporaryFilesFolder = scratch,
                        BinaryFolder = Limited,
                    },
                    TimeSpan.FromSeconds(2),
                    end.Token
                );
        }
        catch (Exception e)
            when (!stop.IsCancellationRequested && e is OperationCanceledException or FFMpegException or IOException or InvalidDataException
            )
        {
            own ??= e switch
            {
                InvalidDataException => new(CameraStates.Failed, "the camera's stream cannot be decoded"),
                FFMpegException { Message: var why } when why.Contains("not found", StringComparison.OrdinalIgnoreCase) => new(
                    CameraStates.Failed,
                    "ffmpeg is not installed; install it from the operating system's packages"
                ),
                IOException { Message: var why } when why.Contains("No space left", StringComparison.Ordinal) => new(
                    CameraStates.Failed,
                    "the device's disk is full"
                ),
                _ => null,
            };
        }
        finally
        {
            File.Delete(list);
        }

        stop.ThrowIfCancellationRequested();
        return own ?? relay.Fault ?? StreamFault.Of(lines, "the stream ended");
    }

    // Selects the first picture of each interval and never duplicates one: ffmpeg's own fps filter fills a jump of the camera's clock with
    // gigabytes of copies.
    private static string Sampled(int rate) => $"select='isnan(prev_selected_t)+not(eq(floor(t*{rate}),floor(prev_selected_t*{rate})))'";

    private FFMpegArgumentProcessor Build(
        string list,
        bool reencode,
        Action<Fragment>? fragment,
        Action<PlanarPicture>? frame,
        Action alive
    ) =>
        FFMpegArguments
            .FromFileInput(list, verifyExists: false, input =>
                input.WithCustomArgument((options.HardwareDecoding && HasGraphics ? "-hwaccel auto " : "") + Input)
            )
            .OutputToMany(outputs =>
            {
                if (fragment is not null)
                {
                    outputs.OutputToPipe(new Tap((stream, stop) => FragmentReader.ReadAsync(stream, time, fragment, stop)), output =>
                        output.WithCustomArgument($"{(reencode ? Encoded : Copied)} {Fragments}")
                    );
                }

                if (frame is not null)
                {
                    outputs.OutputToPipe(
                        new Tap(
                            (stream, stop) =>
                                Y4mReader.ReadAsync(
                                    stream,
                                    f =>
                                    {
                                        alive();
                                        frame(f);
                                    },
                                    stop
                                )
                        ),
                        output =>
                            output.WithCustomArgument(
                                $"-map 0:v:0 -an -vf {Sampled(options.FramesPerSecond)},scale={options.AnalysisWidth}:-2 -pix_fmt yuv420p "
                                    + "-fps_mode passthrough -threads 1 -flush_packets 1 -f yuv4mpegpipe"
                            )
                    );
                }
            });

    /// <summary>One output pipe of ffmpeg; drained to its end whatever the consumer does, so that ffmpeg never blocks on it.</summary>
    private sealed class Tap(Func<Stream, CancellationToken, Task> read) : IPipeSink
    {
        public Task ReadAsync(Stream inputStream, CancellationToken cancellationToken) => read(inputStream, cancellationToken);

        public string GetStreamArguments() => "";
    }
}
