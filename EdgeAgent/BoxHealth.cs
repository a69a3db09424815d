using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent;

/// <summary>What keeps the box from being ready.</summary>
internal sealed class BoxHealth
{
    private readonly ConcurrentDictionary<CameraId, IReadOnlyList<string>> unarmed = new();
    private long rulesTurned = TimeProvider.System.GetTimestamp();
    private volatile string? storeFault;
    private volatile string uplink = "connecting";
    private volatile string? recordingFault, storageNote;
    private long diskFree = -1, diskSize = -1;

    /// <summary>Why evidence cannot be written; null while it can.</summary>
    public string? StoreFault
    {
        get => storeFault;
        set => storeFault = value;
    }

    /// <summary>Why cameras cannot be recorded; null while they are.</summary>
    public string? RecordingFault
    {
        get => recordingFault;
        set => recordingFault = value;
    }

    /// <summary>What is to be done about the disk before it is full, in words; null while it holds what is wanted.</summary>
    public string? StorageNote
    {
        get => storageNote;
        set => storageNote = value;
    }

    /// <summary>Bytes that are free where the box keeps its data; -1 until it was looked.</summary>
    public long DiskFree
    {
        get => Interlocked.Read(ref diskFree);
        set => Interlocked.Exchange(ref diskFree, value);
    }

    /// <summary>Bytes that the disk has; -1 until it was looked.</summary>
    public long DiskSize
    {
        get => Interlocked.Read(ref diskSize);
        set => Interlocked.Exchange(ref diskSize, value);
    }

    /// <summary>Why rules are not armed, a sentence each.</summary>
    public IReadOnlyCollection<string> UnarmedRules => [.. unarmed.Values.SelectMany(r => r)];

    /// <summary><c>connected</c>, or why not.</summary>
    public string Uplink
    {
        get => uplink;
        set => uplink = value;
    }

    /// <summary>When the rules last took a look at the time (a timestamp of <see cref="TimeProvider"/>); they do every second.</summary>
    public long RulesTurned
    {
        get => Interlocked.Read(ref rulesTurned);
        set => Interlocked.Exchange(ref rulesTurned, value);
    }

    public void Unarmed(CameraId camera, IReadOnlyList<string> reasons) => unarmed[camera] = reasons;
}
