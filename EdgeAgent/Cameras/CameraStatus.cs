using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Current state of every camera, for display and reporting.</summary>
internal sealed partial class CameraStatus(TimeProvider time, ILogger<CameraStatus> logger)
{
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<CameraId, CameraHealth> states = new();
    private readonly ConcurrentDictionary<CameraId, long> heard = new();

    /// <summary>Incremented by every change, so that a reporter detects that there is something to send.</summary>
    public long Version { get; private set; }

    public IReadOnlyList<CameraHealth> All => [.. states.Values.OrderBy(s => s.Camera.Value, StringComparer.Ordinal)];

    public void Set(CameraOptions camera, string state, string detail)
    {
        var id = camera.CameraId;
        if (states.TryGetValue(id, out var before) && before.State == state && before.Detail == detail)
            return;
        states[id] = new(id, camera.DisplayName, state, detail, time.GetUtcNow());
        lock (states)
            Version++;
        CameraChanged(id, state, detail);
    }

    /// <summary>Records that the camera answers or sends.</summary>
    public void Heard(CameraId camera) => heard[camera] = time.GetTimestamp();

    /// <summary>Whether the camera answered or sent within the last 10 s, with or without a picture.</summary>
    public bool IsHeard(CameraId camera) => heard.TryGetValue(camera, out var at) && time.GetElapsedTime(at) < Lately;

    /// <summary>Removes all cameras except <paramref name="cameras"/>.</summary>
    public void Keep(IReadOnlyCollection<CameraId> cameras)
    {
        foreach (var gone in states.Keys.Except(cameras))
            states.TryRemove(gone, out _);
        foreach (var gone in heard.Keys.Except(cameras))
            heard.TryRemove(gone, out _);
        lock (states)
            Version++;
    }

    [LoggerMessage(LogLevel.Information, "Camera {Camera} is {State} {Detail}")]
    private partial void CameraChanged(CameraId camera, string state, string detail);
}
