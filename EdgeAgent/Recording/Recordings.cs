using System.Globalization;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Index of the recordings by camera and time. The files are authoritative: each day's folder has an index file that saves reading them,
/// and a file that the index does not list, or lists with another length, is read again. Thread-safe.
/// </summary>
internal sealed partial class Recordings(string root, ILogger<Recordings> logger)
{
    /// <summary>Shorter gaps are ignored, because they are not visible on a timeline.</summary>
    public static readonly TimeSpan SmallestGap = TimeSpan.FromSeconds(2);

    private const string IndexName = "index.txt";
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, SortedList<(DateTimeOffset From, string Path), Segment>> segments = [];
    private readonly Dictionary<CameraId, SegmentWriter> open = [];
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Root => root;

    /// <summary>Completes with the first successful <see cref="Load"/>; before that, the index is incomplete.</summary>
    public Task Loaded => loaded.Task;

    public long Bytes
    {
        get
        {
            lock (gate)
                return segments.Values.Sum(s => s.Values.Sum(x => x.Bytes)) + open.Values.Sum(w => w.Segment.Bytes);
        }
    }

    /// <summary>From the start of the oldest to the end of the newest finished segment.</summary>
    public TimeSpan Span
    {
        get
        {
            lock (gate)
            {
                var all = segments.Values.Where(s => s.Count > 0).ToList();
                return all.Count == 0 ? TimeSpan.Zero : all.Max(s => s.Values[^1].To) - all.Min(s => s.Values[0].From);
            }
        }
    }

    /// <summary>End of the newest finished segment; null where there is none.</summary>
    public DateTimeOffset? Newest
    {
        get
        {
            lock (gate)
                return segments.Values.Where(s => s.Count > 0).Select(s => (DateTimeOffset?)s.Values[^1].To).Max();
        }
    }

    /// <summary>The oldest finished segments of all cameras, oldest first.</summary>
    /// <param name="most">Maximum number of segments.</param>
    public IReadOnlyList<Segment> Oldest(int most)
    {
        lock (gate)
            return [.. segments.Values.SelectMany(s => s.Values.Take(most)).OrderBy(s => s.To).Take(most)];
    }

    /// <summary>Loads the existing recordings. Truncated and unreadable files are logged and skipped; no recording is modified.</summary>
    /// <exception cref="IOException">The root folder of the recordings cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The root folder of the recordings cannot be read.</exception>
    public void Load()
    {
        foreach (var folder in Directory.Exists(root) ? Directory.GetDirectories(root) : [])
        {
            if (!CameraId.TryParse(Path.GetFileName(folder), null, out var camera))
                continue;
            try
            {
                foreach (var day in Directory.GetDirectories(folder))
                    LoadDay(camera, day);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Unreadable(folder, e.Message);
            }
        }

        loaded.TrySetResult();
    }

    /// <summary>Registers a segment that is being written, which can be played already.</summary>
    public void Opened(CameraId camera, SegmentWriter writer)
    {
        lock (gate)
            open[camera] = writer;
    }

    /// <summary>Registers a finished segment, whose file is synced, and adds it to the index file.</summary>
    public void Finished(CameraId camera, Segment segment)
    {
        lock (gate)
        {
            open.Remove(camera);
            if (segment.Pieces > 0)
                Put(segment);
        }

        WriteIndex(segment);
    }

    /// <summary>Deletes a segment's file, then its entry; an index line without a file has no effect.</summary>
    public void Delete(Segment segment)
    {
        try
        {
            File.Delete(segment.Path);
        }
        catch (DirectoryNotFoundException)
        {
            // Removed manually, to free space.
        }

        var day = Path.GetDirectoryName(segment.Path)!;
        lock (gate)
        {
            if (segments.TryGetValue(segment.Camera, out var own))
                own.Remove((segment.From, segment.Path));
        }

        if (Directory.Exists(day) && !Directory.EnumerateFiles(day, "*" + SegmentName.Extension).Any())
            Directory.Delete(day, true);
    }

    /// <summary>The recorded stretches within a span; gaps shorter than <see cref="SmallestGap"/> are merged.</summary>
    public IReadOnlyList<RecordedStretch> Stretches(CameraId camera, DateTimeOffset from, DateTimeOffset to)
    {
        var stretches = new List<RecordedStretch>();
        foreach (var segment in Within(camera, from, to))
        {
            if (stretches.Count > 0 && segment.From - stretches[^1].To < SmallestGap && segment.From >= stretches[^1].From)
                stretches[^1] = stretches[^1] with
                {
                    To = Later(stretches[^1].To, segment.To),
                    Bytes = stretches[^1].Bytes + segment.Bytes,
                };
            else
                stretches.Add(new(segment.From, segment.To, segment.Bytes));
        }

        return stretches;
    }

    /// <summary>The segments that overlap a span, including one that is being written, oldest first.</summary>
    public IReadOnlyList<Segment> Within(CameraId camera, DateTimeOffset from, DateTimeOffset to)
    {
        lock (gate)
        {
            IEnumerable<Segment> all = segments.TryGetValue(camera, out var own) ? own.Values : [];
            if (open.TryGetValue(camera, out var writer) && writer.Segment is { Pieces: > 0 } growing)
                all = all.Append(growing);
            return [.. all.Where(s => s.From < to && s.To > from).OrderBy(s => s.From)];
        }
    }

    /// <summary>
    /// A segment's init segment, taken from another segment of its epoch where its own is damaged; null where none is intact.
    /// </summary>
    public byte[]? InitOf(Segment segment, SegmentContent content)
    {
        if (content.Init is { } init)
            return init;
        List<Segment> siblings;
        lock (gate)
            siblings = segments.TryGetValue(segment.Camera, out var own)
                ? [.. own.Values.Where(s => s.Epoch == segment.Epoch && s.Path != segment.Path)]
                : [];
        return siblings.Select(s => InitOf(s.Path)).FirstOrDefault(i => i is not null);
    }

    private static byte[]? InitOf(string path)
    {
        try
        {
            return SegmentReader.Read(path, thoroughly: false).Init;
        }
        catch (IOException)
        {
            // Retention deleted it meanwhile, or it is damaged; another sibling may have one.
            return null;
        }
    }

    private void LoadDay(CameraId camera, string day)
    {
        var known = ReadIndex(Path.Combine(day, IndexName));
        foreach (var path in Directory.EnumerateFiles(day, "*" + SegmentName.Extension))
        {
            if (SegmentName.EpochOf(path) is not { } epoch)
                continue;
            var length = new FileInfo(path).Length;
            if (known.TryGetValue(Path.GetFileName(path), out var line) && line.Bytes == length)
            {
                Put(new(camera, path, epoch, line.From, line.To, length, line.Pieces, line.Damaged));
                continue;
            }

            SegmentContent content;
            try
            {
                content = SegmentReader.Read(path, thoroughly: true);
            }
            catch (IOException e)
            {
                Unreadable(path, e.Message);
                continue;
            }

            if (content.Damaged > 0)
                Torn(path, content.Damaged, content.Pieces.Count);
            if (content.Pieces.Count == 0)
                continue;
            var segment = new Segment(
                camera,
                path,
                epoch,
                content.Pieces[0].From,
                content.Pieces[^1].To,
                length,
                content.Pieces.Count,
                content.Damaged
            );
            Put(segment);
            WriteIndex(segment);
        }
    }

    private void Put(Segment segment)
    {
        lock (gate)
        {
            if (!segments.TryGetValue(segment.Camera, out var own))
                segments[segment.Camera] = own = [];
            own[(segment.From, segment.Path)] = segment;
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    // One line per segment; the last line of a file applies. The index is an optimisation: whatever cannot be written or read is rebuilt
    // from the files.
    private void WriteIndex(Segment segment)
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(Path.GetDirectoryName(segment.Path)!, IndexName),
                FileMode.Append,
                FileAccess.Write,
                FileShare.Read
            );
            file.Write(
                System.Text.Encoding.ASCII.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Path.GetFileName(segment.Path)} {segment.From.ToUnixTimeMilliseconds()} {segment.To.ToUnixTimeMilliseconds()} "
                            + $"{segment.Bytes} {segment.Pieces} {segment.Damaged} .\n"
                    )
                )
            );
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable(segment.Path, e.Message);
        }
    }

    private static Dictionary<string, (DateTimeOffset From, DateTimeOffset To, long Bytes, int Pieces, long Damaged)> ReadIndex(string path)
    {
        var known = new Dictionary<string, (DateTimeOffset, DateTimeOffset, long, int, long)>();
        if (!File.Exists(path))
            return known;
        const long latest = 253_402_300_799_000;
        foreach (var line in File.ReadLines(path))
        {
            if (
                line.Split(' ') is [var name, var from, var to, var bytes, var pieces, var damaged, "."]
                && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var f)
                && f < latest
                && long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var t)
                && t < latest
                && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
                && int.TryParse(pieces, NumberStyles.None, CultureInfo.InvariantCulture, out var p)
                && long.TryParse(damaged, NumberStyles.None, CultureInfo.InvariantCulture, out var d)
            )
                known[name] = (DateTimeOffset.FromUnixTimeMilliseconds(f), DateTimeOffset.FromUnixTimeMilliseconds(t), b, p, d);
        }

        return known;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Recording {Path} is truncated or damaged: {Damaged} bytes belong to no complete fragment, {Pieces} fragments are intact"
    )]
    private partial void Torn(string path, long damaged, int pieces);

    [LoggerMessage(LogLevel.Warning, "Recording {Path} cannot be read or indexed: {Reason}")]
    private partial void Unreadable(string path, string reason);
}
