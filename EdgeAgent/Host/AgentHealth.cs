using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>What keeps the box from being ready.</summary>
internal sealed class AgentHealth
{
    private readonly ConcurrentDictionary<(CameraId Camera, string By), IReadOnlyList<string>> unarmed = new();
    private long rulesTurned = TimeProvider.System.GetTimestamp();
    private volatile string? storeFault;
    private volatile string uplink = "connecting";
    private readonly ConcurrentDictionary<CameraId, string> recordingFaults = new();
    private volatile string? storageNote;
    private long diskFree = -1;
    private long diskSize = -1;

    /// <summary>Why evidence cannot be written; null while it can.</summary>
    public string? StoreFault
    {
        get => storeFault;
        set => storeFault = value;
    }

    /// <summary>Why a camera cannot be recorded; null while all are.</summary>
    public string? RecordingFault =>
        recordingFaults.OrderBy(f => f.Key.Value, StringComparer.Ordinal).Select(f => f.Value).FirstOrDefault();

    /// <summary>What is to be done about the disk before it is full, in words; null while it holds what is wanted.</summary>
    public string? StorageNote
    {
        get => storageNote;
        set => storageNote = value;
    }

    /// <summary>
    /// What was damaged of the site's settings at the start and what is in force instead, in words; null where they were whole.
    /// </summary>
    public string? SettingsDamage { get; set; }

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
    public IReadOnlyCollection<string> UnarmedRules =>
        [
            .. unarmed
                .OrderBy(u => u.Key.Camera.Value, StringComparer.Ordinal)
                .ThenBy(u => u.Key.By, StringComparer.Ordinal)
                .SelectMany(u => u.Value),
        ];

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

    /// <returns>False where the camera had a fault already.</returns>
    public bool RecordingFailed(CameraId camera, string why)
    {
        var first = !recordingFaults.ContainsKey(camera);
        recordingFaults[camera] = why;
        return first;
    }

    /// <returns>Whether the camera had a fault.</returns>
    public bool RecordingWorks(CameraId camera) => recordingFaults.TryRemove(camera, out _);

    /// <summary>Why rules of one camera are not armed, a sentence each.</summary>
    public IReadOnlyList<string> UnarmedOf(CameraId camera) =>
        [.. unarmed.Where(u => u.Key.Camera == camera).OrderBy(u => u.Key.By, StringComparer.Ordinal).SelectMany(u => u.Value)];

    /// <summary>Takes the reasons of one camera; none where all of its rules are armed.</summary>
    /// <param name="by">What was checked; each check replaces its own reasons only.</param>
    public void Unarmed(CameraId camera, IReadOnlyList<string> reasons, string by = "zones") => unarmed[(camera, by)] = reasons;

    /// <summary>Forgets the reasons of all cameras but these.</summary>
    public void Keep(IReadOnlyCollection<CameraId> cameras)
    {
        foreach (var gone in unarmed.Keys.Where(k => !cameras.Contains(k.Camera)))
            unarmed.TryRemove(gone, out _);
    }
}
