using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>Conditions that keep the edge agent from being ready. Written by many services; each member is thread-safe.</summary>
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

    /// <summary>Why a camera cannot be recorded, the first by camera id; null while all cameras can.</summary>
    public string? RecordingFault =>
        recordingFaults.OrderBy(f => f.Key.Value, StringComparer.Ordinal).Select(f => f.Value).FirstOrDefault();

    /// <summary>Advice about the disk before it is full; null while it holds the configured retention.</summary>
    public string? StorageNote
    {
        get => storageNote;
        set => storageNote = value;
    }

    /// <summary>
    /// What was damaged in the site's settings at startup, and which settings apply instead; null where they were intact.
    /// </summary>
    public string? SettingsDamage { get; set; }

    /// <summary>Free bytes on the disk with the edge agent's data; -1 before the first measurement.</summary>
    public long DiskFree
    {
        get => Interlocked.Read(ref diskFree);
        set => Interlocked.Exchange(ref diskFree, value);
    }

    /// <summary>Size of that disk in bytes; -1 before the first measurement.</summary>
    public long DiskSize
    {
        get => Interlocked.Read(ref diskSize);
        set => Interlocked.Exchange(ref diskSize, value);
    }

    /// <summary>Why rules of any camera are not armed, one sentence each.</summary>
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

    /// <summary>When the rule stage last checked the time, as a timestamp of <see cref="TimeProvider"/>; it does so every second.</summary>
    public long RulesTurned
    {
        get => Interlocked.Read(ref rulesTurned);
        set => Interlocked.Exchange(ref rulesTurned, value);
    }

    /// <summary>Records a camera's recording fault.</summary>
    /// <returns>False where the camera already had a fault.</returns>
    public bool RecordingFailed(CameraId camera, string why)
    {
        var first = !recordingFaults.ContainsKey(camera);
        recordingFaults[camera] = why;
        return first;
    }

    /// <summary>Clears a camera's recording fault.</summary>
    /// <returns>Whether the camera had a fault.</returns>
    public bool RecordingWorks(CameraId camera) => recordingFaults.TryRemove(camera, out _);

    /// <summary>Why rules of one camera are not armed, one sentence each.</summary>
    public IReadOnlyList<string> UnarmedOf(CameraId camera) =>
        [.. unarmed.Where(u => u.Key.Camera == camera).OrderBy(u => u.Key.By, StringComparer.Ordinal).SelectMany(u => u.Value)];

    /// <summary>Sets the reasons of one camera; empty where all of its rules are armed.</summary>
    /// <param name="by">Name of the check; each check replaces only its own reasons.</param>
    public void Unarmed(CameraId camera, IReadOnlyList<string> reasons, string by = "zones") => unarmed[(camera, by)] = reasons;

    /// <summary>Removes the reasons of all cameras except <paramref name="cameras"/>.</summary>
    public void Keep(IReadOnlyCollection<CameraId> cameras)
    {
        foreach (var gone in unarmed.Keys.Where(k => !cameras.Contains(k.Camera)))
            unarmed.TryRemove(gone, out _);
    }
}
