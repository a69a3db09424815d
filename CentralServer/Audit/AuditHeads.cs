using System.Text;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sealing;
using BrightKitchen.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>The newest entry of the audit log at a point in time.</summary>
/// <param name="Number">Number of the entry.</param>
/// <param name="Hash">Hash of the entry, which covers all entries before it.</param>
public sealed record AuditHead(long Number, string Hash, DateTimeOffset At);

/// <summary>
/// Exports the newest entry's number and hash, signed with the server's sealing key, to a file outside the database. The hash chain alone
/// does not reveal that its end was truncated or that all of it was rewritten; the exported head does.
/// </summary>
internal sealed partial class AuditHeads(
    IServiceScopeFactory scopes,
    IOptions<AuditOptions> options,
    string defaultFile,
    TimeProvider time,
    ILogger<AuditHeads> logger
) : BackgroundService
{
    /// <summary>The log ends before an exported head.</summary>
    public const string Cut = "cut";

    /// <summary>The entry of an exported head has another hash now.</summary>
    public const string Rewritten = "rewritten";

    /// <summary>A line of the file is not signed by this server.</summary>
    public const string Unreadable = "unreadable";
    private const int LongestLine = 4096;
    private readonly SemaphoreSlim one = new(1, 1);
    private string? reported;

    public string File => options.Value.HeadFile is { Length: > 0 } file ? Path.GetFullPath(file) : defaultFile;

    /// <summary>Compares the log with the newest exported head, or with all.</summary>
    /// <returns>How many heads were compared, the newest of them, and the mismatch; null if there is none.</returns>
    public async Task<(int Heads, AuditHead? Newest, string? Fault)> CheckAsync(bool all, CancellationToken cancel)
    {
        var lines = all ? await AllLinesAsync(cancel) : await LastLineAsync(cancel);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CentralDb>();
        using var key = lines.Count == 0 ? null : await scope.ServiceProvider.GetRequiredService<Sealer>().KeyAsync(cancel);
        AuditHead? newest = null;
        string? unreadable = null;
        foreach (var line in lines)
        {
            // The other lines still count: a line that a power failure left incomplete must not hide those after it.
            if (Jws.Open<AuditHead>(line, key!) is not { } head)
            {
                unreadable = Unreadable;
                continue;
            }

            newest = head;
            if (await db.AuditEntries.Where(e => e.Number == head.Number).Select(e => e.Hash).SingleOrDefaultAsync(cancel) is not { } hash)
                return (lines.Count, head, Cut);
            if (hash != head.Hash)
                return (lines.Count, head, Rewritten);
        }

        return (lines.Count, newest, unreadable);
    }

    /// <summary>
    /// Appends the newest head unless it is exported already; exports nothing if the log does not match the last exported head, which is
    /// logged.
    /// </summary>
    public async Task ExportAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var (_, newest, fault) = await CheckAsync(all: false, cancel);
            if (fault is not null)
            {
                if (reported != fault)
                    DoesNotMatch(File, fault, newest?.Number);
                reported = fault;
                return;
            }

            reported = null;
            await using var scope = scopes.CreateAsyncScope();
            var last = await scope
                .ServiceProvider.GetRequiredService<CentralDb>()
                .AuditEntries.OrderByDescending(e => e.Number)
                .Select(e => new { e.Number, e.Hash })
                .FirstOrDefaultAsync(cancel);
            if (last is null || last.Number == newest?.Number)
                return;
            using var key = await scope.ServiceProvider.GetRequiredService<Sealer>().KeyAsync(cancel);
            await AppendAsync(Jws.Sign(new AuditHead(last.Number, last.Hash, time.GetUtcNow()), key), cancel);
        }
        finally
        {
            one.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(cancellationToken);
    }

    public override void Dispose()
    {
        one.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await TryAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.HeadEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryAsync(stoppingToken);
    }

    private async Task TryAsync(CancellationToken cancel)
    {
        try
        {
            await ExportAsync(cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            NotExported(File, e.Message);
        }
    }

    private async Task AppendAsync(string line, CancellationToken cancel)
    {
        if (Path.GetDirectoryName(File) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        // The rest of an interrupted write stays on a line of its own.
        var begun = System.IO.File.Exists(File) && EndsWithinLine();
        await using var file = new FileStream(File, FileMode.Append, FileAccess.Write, FileShare.Read);
        await file.WriteAsync(Encoding.ASCII.GetBytes($"{(begun ? "\n" : "")}{line}\n"), cancel);
        file.Flush(flushToDisk: true);
    }

    private bool EndsWithinLine()
    {
        using var file = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length == 0)
            return false;
        file.Position = file.Length - 1;
        return file.ReadByte() != '\n';
    }

    private async Task<IReadOnlyList<string>> AllLinesAsync(CancellationToken cancel) =>
        System.IO.File.Exists(File) ? [.. (await System.IO.File.ReadAllLinesAsync(File, cancel)).Where(l => l.Length > 0)] : [];

    private async Task<IReadOnlyList<string>> LastLineAsync(CancellationToken cancel)
    {
        if (!System.IO.File.Exists(File))
            return [];
        await using var file = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Math.Max(0, file.Length - LongestLine);
        using var reader = new StreamReader(file, Encoding.ASCII);
        // The rest of an interrupted write, without a line end, is ignored.
        return (await reader.ReadToEndAsync(cancel)).Split('\n') is [.., { Length: > 0 } line, _] ? [line] : [];
    }

    [LoggerMessage(
        LogLevel.Error,
        "The audit log does not match its exported head in {File}: {Fault} at line {Number}. No further heads are exported; "
            + "run 'audit-check', and after a restore move the file aside"
    )]
    private partial void DoesNotMatch(string file, string fault, long? number);

    [LoggerMessage(LogLevel.Error, "The audit log's head cannot be exported to {File}: {Reason}")]
    private partial void NotExported(string file, string reason);
}
