using System.Globalization;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;
using Microsoft.Win32.SafeHandles;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Writes one segment. Appended fragments are durable after the next <see cref="Sync"/>; readers skip an incomplete end. Thread-safe.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly Lock gate = new();
    private readonly CameraId camera;
    private readonly Epoch epoch;
    private readonly SafeFileHandle file;
    private long length;
    private int pieces;
    private DateTimeOffset to;
    private bool dirty;
    private bool closed;

    /// <exception cref="IOException">The disk rejects the write.</exception>
    public SegmentWriter(string root, CameraId camera, Fragment first, DateTimeOffset from)
    {
        (this.camera, epoch, From, to) = (camera, first.Epoch, from, from);
        var folder = System.IO.Path.Combine(root, camera.Value, from.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            Durable.SyncFolder(System.IO.Path.GetDirectoryName(folder)!);
        }

        Path = System.IO.Path.Combine(folder, SegmentName.Of(from, epoch.Number, first.Number));
        file = File.OpenHandle(Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
        try
        {
            byte[] head = [.. epoch.Init, .. SegmentFormat.Init(epoch.Init)];
            RandomAccess.Write(file, head, 0);
            length = head.Length;
            RandomAccess.FlushToDisk(file);
            Durable.SyncFolder(folder);
        }
        catch
        {
            // The same fragment is retried under the same file name.
            file.Dispose();
            File.Delete(Path);
            throw;
        }
    }

    public string Path { get; }

    public DateTimeOffset From { get; }

    public Segment Segment
    {
        get
        {
            lock (gate)
                return new(camera, Path, epoch.Number, From, to, length, pieces, 0);
        }
    }

    public bool Takes(Fragment fragment) => fragment.Epoch == epoch;

    /// <exception cref="IOException">The disk rejects the write; the segment ends before the fragment.</exception>
    public void Append(Fragment fragment, DateTimeOffset from)
    {
        lock (gate)
        {
            ReadOnlyMemory<byte>[] parts = [SegmentFormat.Piece(fragment, from), fragment.Bytes];
            RandomAccess.Write(file, parts, length);
            length += SegmentFormat.PieceBox + fragment.Bytes.Length;
            pieces++;
            to = from + fragment.Duration;
            dirty = true;
        }
    }

    /// <summary>Flushes everything appended so far to disk.</summary>
    /// <exception cref="IOException">The flush fails.</exception>
    public void Sync()
    {
        lock (gate)
        {
            if (!dirty || closed)
                return;
            dirty = false;
            RandomAccess.FlushToDisk(file);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            file.Dispose();
        }
    }
}

/// <summary>
/// File name of a segment: start time, epoch and number of the first fragment, so that files are identifiable without the index.
/// </summary>
internal static class SegmentName
{
    public const string Extension = ".mp4";

    public static string Of(DateTimeOffset from, long epoch, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{from.UtcDateTime:HHmmssfff}-{epoch}-{number}{Extension}");

    /// <summary>The epoch in a segment's file name; null where the name has another format.</summary>
    public static long? EpochOf(string path) =>
        System.IO.Path.GetFileNameWithoutExtension(path).Split('-') is [{ Length: 9 }, var epoch, var number]
        && long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? parsed
            : null;
}
