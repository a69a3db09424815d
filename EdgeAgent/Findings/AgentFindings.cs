using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Findings;

/// <summary>
/// Raises findings about the edge agent itself: damaged evidence or settings, and a disk that is running out of space or rejects writes,
/// long before data must be deleted.
/// </summary>
internal sealed class AgentFindings(AgentHealth health, EvidenceStore store, ChannelWriter<EvidenceCommand> orders, AgentClock clock)
    : BackgroundService
{
    private const int Width = 640;
    private const int Height = 360;
    private const int LettersALine = 58;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);
    private (FindingId Id, DateTimeOffset Since)? open;
    private DateTimeOffset? since;
    private string? reported;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ReportRescueAsync(stoppingToken);
            if (health.SettingsDamage is { } damage)
                await DamagedAsync(damage, stoppingToken);
            using var timer = new PeriodicTimer(Tick, clock);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await ReportRescueAsync(stoppingToken);
                await LookAsync(stoppingToken);
            }
        }
        catch (ChannelClosedException)
        {
            // The rule stage has ended, which stops the edge agent.
        }
    }

    private async Task ReportRescueAsync(CancellationToken stop)
    {
        if (store.Rescued is not { } rescue || rescue == reported)
            return;
        reported = rescue;
        await DamagedAsync(rescue, stop);
    }

    private async Task DamagedAsync(string what, CancellationToken stop)
    {
        var id = await OpenAsync(FindingKinds.BoxDamaged, what, clock.GetUtcNow(), stop);
        await orders.WriteAsync(new CloseCommand(id, TimeSpan.Zero), stop);
    }

    // A fault that clears within half a minute is not reported.
    private async Task LookAsync(CancellationToken stop)
    {
        var (now, fault) = (clock.GetUtcNow(), health.StoreFault ?? health.RecordingFault ?? health.StorageNote);
        since = fault is null ? null : since ?? now;
        if (open is null && since is { } began && now - began >= Lasting)
            open = (await OpenAsync(FindingKinds.BoxStorage, fault!, began, stop), began);
        if (open is { } last && fault is null)
        {
            await orders.WriteAsync(new CloseCommand(last.Id, now - last.Since), stop);
            open = null;
        }
    }

    private async Task<FindingId> OpenAsync(string kind, string note, DateTimeOffset began, CancellationToken stop)
    {
        note = note.Length > FindingReport.LongestNote ? note[..FindingReport.LongestNote] : note;
        var at = clock.Told(began);
        var report = new FindingReport(FindingId.New(at), CameraId.Box, "", kind, at, null, 1, [], [])
        {
            Note = note,
            ClockAheadSeconds = clock.Ahead?.TotalSeconds,
        };
        await orders.WriteAsync(new OpenCommand(report, Picture(kind, note), began), stop);
        return report.Id;
    }

    // Every finding has a still image; this one shows the note as text.
    private static byte[] Picture(string kind, string note)
    {
        using var picture = new Mat(Height, Width, MatType.CV_8UC3, new Scalar(70, 66, 60));
        Cv2.PutText(picture, kind, new Point(24, 56), HersheyFonts.HersheySimplex, 0.9, Scalar.White, 2, LineTypes.AntiAlias);
        var (line, y) = ("", 100);
        foreach (var word in note.Split(' ').Append(""))
        {
            if (line.Length + word.Length > LettersALine || word.Length == 0)
            {
                Cv2.PutText(
                    picture,
                    line,
                    new Point(24, y),
                    HersheyFonts.HersheySimplex,
                    0.5,
                    new Scalar(215, 215, 215),
                    1,
                    LineTypes.AntiAlias
                );
                (line, y) = ("", y + 26);
            }

            line += word + " ";
        }

        return picture.ImEncode(".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, 88));
    }
}
