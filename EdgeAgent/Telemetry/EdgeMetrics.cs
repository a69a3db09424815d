using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Telemetry;

/// <summary>The edge agent's metrics, exported at <c>/metrics</c>.</summary>
internal sealed class EdgeMetrics
{
    public const string MeterName = "BrightKitchen.EdgeAgent";
    private readonly Counter<long> read;
    private readonly Counter<long> analysed;
    private readonly Counter<long> still;
    private readonly Counter<long> dropped;
    private readonly Counter<long> restarts;
    private readonly Counter<long> findings;
    private readonly Counter<long> received;
    private readonly Counter<long> recorded;
    private readonly Counter<long> surpluses;
    private readonly Histogram<double> inference;
    private readonly Histogram<double> age;
    private readonly Histogram<double> uploadLag;
    private static readonly InstrumentAdvice<double> Short = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    };
    private static readonly InstrumentAdvice<double> Long = new()
    {
        HistogramBucketBoundaries = [0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600, 86400],
    };
    private readonly ConcurrentDictionary<CameraId, CameraTally> tallies = new();
    private readonly ConcurrentDictionary<CameraId, ByteBalance> balances = new();
    private readonly TimeProvider time;
    private long outbox;

    public EdgeMetrics(IMeterFactory meters, TimeProvider time)
    {
        this.time = time;
        var meter = meters.Create(MeterName);
        read = meter.CreateCounter<long>("edge_frames_read", "{frame}", "Frames decoded");
        analysed = meter.CreateCounter<long>("edge_frames_analysed", "{frame}", "Frames that the models analysed");
        still = meter.CreateCounter<long>("edge_frames_still", "{frame}", "Frames without motion that were not analysed");
        dropped = meter.CreateCounter<long>("edge_frames_dropped", "{frame}", "Frames that a newer one replaced");
        restarts = meter.CreateCounter<long>("edge_camera_restarts", "{restart}", "Connections that ended");
        findings = meter.CreateCounter<long>("edge_findings", "{finding}", "Findings opened");
        received = meter.CreateCounter<long>("edge_stream_received", "By", "Bytes of the copied stream that a camera sent");
        recorded = meter.CreateCounter<long>("edge_recorded", "By", "Bytes of the copied stream that were recorded");
        surpluses = meter.CreateCounter<long>("edge_recording_surplus", "{stop}", "Recordings stopped as they held more than was received");
        inference = meter.CreateHistogram<double>("edge_inference_seconds", "s", "Inference time per frame", advice: Short);
        age = meter.CreateHistogram<double>("edge_frame_age_seconds", "s", "Age of a frame when it was analysed", advice: Short);
        uploadLag = meter.CreateHistogram<double>(
            "edge_upload_lag_seconds",
            "s",
            "Time from adding an outbox entry to the server's acknowledgement",
            advice: Long
        );
        meter.CreateObservableGauge(
            "edge_outbox_depth",
            () => Interlocked.Read(ref outbox),
            "{entry}",
            "Entries that the server has not acknowledged"
        );
    }

    /// <summary>A camera's latest figures, for the edge agent's own page.</summary>
    public CameraFigures Of(CameraId camera) => Tally(camera).Figures;

    public void FrameRead(CameraId camera)
    {
        read.Add(1, Tag(camera));
        Tally(camera).Add(framesRead: 1);
    }

    public void FrameDropped(CameraId camera)
    {
        dropped.Add(1, Tag(camera));
        Tally(camera).Add(framesDropped: 1);
    }

    public void CameraRestarted(CameraId camera) => restarts.Add(1, Tag(camera));

    public void StreamReceived(CameraId camera, long bytes)
    {
        received.Add(bytes, Tag(camera));
        BalanceOf(camera).Received(bytes);
    }

    public void Recorded(CameraId camera, long bytes) => recorded.Add(bytes, Tag(camera));

    public void RecordingSurplus(CameraId camera) => surpluses.Add(1, Tag(camera));

    /// <summary>The balance of bytes that may still be recorded of a camera.</summary>
    public ByteBalance BalanceOf(CameraId camera) => balances.GetOrAdd(camera, _ => new(time));

    /// <param name="looked">Whether the models ran; false for a frame that was skipped as still.</param>
    /// <param name="spent">Duration of the analysis.</param>
    /// <param name="old">Age of the frame after the analysis.</param>
    public void FrameAnalysed(CameraId camera, bool looked, TimeSpan spent, TimeSpan old)
    {
        if (looked)
        {
            analysed.Add(1, Tag(camera));
            inference.Record(spent.TotalSeconds);
        }
        else
        {
            still.Add(1, Tag(camera));
        }

        age.Record(old.TotalSeconds);
        Tally(camera).Add(framesAnalysed: looked ? 1 : 0, framesJudged: 1, ageMs: old.TotalMilliseconds);
    }

    public void FindingOpened(string kind) => findings.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Delivered(TimeSpan lag) => uploadLag.Record(lag.TotalSeconds);

    public void OutboxDepth(int depth) => Interlocked.Exchange(ref outbox, depth);

    private CameraTally Tally(CameraId camera) => tallies.GetOrAdd(camera, _ => new(time));

    private static KeyValuePair<string, object?> Tag(CameraId camera) => new("camera", camera.Value);
}
