using System.ComponentModel.DataAnnotations;
using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>How much video is saved around a finding, from the section <c>Evidence</c>.</summary>
public sealed class EvidenceOptions
{
    /// <summary>Duration of the recorded stream before the violation began, 0–20 s.</summary>
    public TimeSpan PreRoll { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Duration after the finding opened, 0–15 s.</summary>
    public TimeSpan PostRoll { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long evidence stays on the edge agent after delivery to the server, days, 1–365.</summary>
    [Range(1, 365)]
    public int KeepDays { get; set; } = 30;

    public IEnumerable<string> Faults()
    {
        if (
            PreRoll < TimeSpan.Zero
            || PreRoll > TimeSpan.FromSeconds(20)
            || PostRoll < TimeSpan.Zero
            || PostRoll > TimeSpan.FromSeconds(15)
        )
            yield return "Evidence: PreRoll must be between 0 and 20 s, PostRoll between 0 and 15 s.";
    }
}

/// <summary>
/// Writes each finding at once with the clip available so far, and again when the post-roll is complete. A write that the disk refuses is
/// retried until it succeeds.
/// </summary>
internal sealed partial class EvidenceStage(
    ChannelReader<EvidenceCommand> orders,
    EvidenceStore store,
    CameraSet cameras,
    OverlayBuffer lately,
    EvidenceOptions options,
    AgentHealth health,
    TimeProvider time,
    ILogger<EvidenceStage> logger
) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private readonly List<Growing> growing = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var more = orders.WaitToReadAsync(stoppingToken).AsTask();
        while (true)
        {
            if (growing.Count > 0)
                await Task.WhenAny(more, Task.Delay(Later(growing[0].Due), time, stoppingToken));
            else
                await Task.WhenAny(more);
            stoppingToken.ThrowIfCancellationRequested();
            while (growing.Count > 0 && growing[0].Due <= time.GetUtcNow())
            {
                var (_, order, soFar) = growing[0];
                var clip = WithBoxes(order, Cut(order, soFar));
                await PersistAsync(() => store.Finish(order.Finding.Id, clip), stoppingToken);
                growing.RemoveAt(0);
            }

            if (!more.IsCompleted)
                continue;
            if (!await more)
                return;
            while (orders.TryRead(out var order))
                await TakeAsync(order, stoppingToken);
            more = orders.WaitToReadAsync(stoppingToken).AsTask();
        }
    }

    private async ValueTask TakeAsync(EvidenceCommand order, CancellationToken stop)
    {
        switch (order)
        {
            case OpenCommand open:
                // Cut the clip once, before the write: while the disk refuses, the ring buffer overwrites its oldest fragments.
                var soFar = Cut(open, []);
                var clip = WithBoxes(open, soFar);
                await PersistAsync(() => store.Add(open.Finding, open.Still, clip), stop);
                growing.Add(new(time.GetUtcNow() + options.PostRoll, open, soFar));
                FindingOpened(open.Finding.Id, open.Finding.Kind, open.Finding.Camera, open.Finding.Zone);
                break;
            case CloseCommand close:
                await PersistAsync(() => store.Close(close.Finding, close.Lasted), stop);
                FindingClosed(close.Finding);
                break;
            default:
                throw new InvalidOperationException($"Unknown evidence command: {order}.");
        }
    }

    // Fragments that the clip already contains stay in it, even if the connection or the camera has since been lost.
    private IReadOnlyList<Fragment> Cut(OpenCommand order, IReadOnlyList<Fragment> soFar)
    {
        var (from, to) = (order.Since - options.PreRoll, time.GetUtcNow());
        return cameras.Slots.TryGetValue(order.Finding.Camera, out var place)
            ? Clip.Extend(soFar, place.Ring.Cut(from, to), from, to)
            : soFar;
    }

    private IReadOnlyList<Fragment> WithBoxes(OpenCommand order, IReadOnlyList<Fragment> clip) => lately.Over(order.Finding.Camera, clip);

    // A full disk delays the write but does not lose the finding: the command waits here, and the rules wait behind it.
    private async ValueTask PersistAsync(Action write, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                write();
                health.StoreFault = null;
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (health.StoreFault is null)
                    StoreRefuses(e.Message);
                health.StoreFault = e.Message;
            }

            await Task.Delay(Retry, time, stop);
        }
    }

    private TimeSpan Later(DateTimeOffset due) => due - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    [LoggerMessage(LogLevel.Information, "Finding {Finding} {Kind} opened on camera {Camera}, zone {Zone}")]
    private partial void FindingOpened(FindingId finding, string kind, CameraId camera, string zone);

    [LoggerMessage(LogLevel.Information, "Finding {Finding} closed")]
    private partial void FindingClosed(FindingId finding);

    [LoggerMessage(
        LogLevel.Error,
        "Evidence cannot be written and is retried: {Reason} Free space on the edge agent's disk; no evidence is lost meanwhile"
    )]
    private partial void StoreRefuses(string reason);

    /// <param name="Due">When the post-roll is complete.</param>
    /// <param name="SoFar">The clip as it was when the finding opened.</param>
    private sealed record Growing(DateTimeOffset Due, OpenCommand Order, IReadOnlyList<Fragment> SoFar);
}
