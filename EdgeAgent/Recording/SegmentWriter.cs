using System.Globalization;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;
using Microsoft.Win32.SafeHandles;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Writes one segment. What was appended is on disk after the next <see cref="Sync"/>; a torn end is passed over when it is read.
/// Thread-safe.
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

    /// <exception cref="IOException">The disk does not take it.</exception>
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
            // The same fragment is tried again, under the same name.
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

    /// <exception cref="IOException">The disk does not take it; the segment ends before.</exception>
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

    /// <summary>Returns once everything appended is on disk.</summary>
    /// <exception cref="IOException">The disk is broken.</exception>
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

/// <summary>A segment's file name: when it begins, its epoch and its first fragment, so that files alone tell what they are.</summary>
internal static class SegmentName
{
    public const string Extension = ".mp4";

    public static string Of(DateTimeOffset from, long epoch, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{from.UtcDateTime:HHmmssfff}-{epoch}-{number}{Extension}");

    /// <summary>The epoch of a segment's file; null where the name is none of ours.</summary>
    public static long? EpochOf(string path) =>
        System.IO.Path.GetFileNameWithoutExtension(path).Split('-') is [{ Length: 9 }, var epoch, var number]
        && long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? parsed
            : null;
}
