using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>What state each camera is in, for whoever shows or reports it.</summary>
internal sealed partial class CameraStatus(TimeProvider time, ILogger<CameraStatus> logger)
{
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<CameraId, CameraHealth> states = new();
    private readonly ConcurrentDictionary<CameraId, long> heard = new();

    /// <summary>Rises with every change, so that a reporter sees that it has something to tell.</summary>
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

    /// <summary>The camera answers or sends.</summary>
    public void Heard(CameraId camera) => heard[camera] = time.GetTimestamp();

    /// <summary>Whether the camera answered or sent within some seconds, picture or not.</summary>
    public bool IsHeard(CameraId camera) => heard.TryGetValue(camera, out var at) && time.GetElapsedTime(at) < Lately;

    /// <summary>Forgets all but these.</summary>
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
