using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>What state each camera is in, for whoever shows or reports it.</summary>
internal sealed partial class CameraBoard(TimeProvider time, ILogger<CameraBoard> logger)
{
    private readonly ConcurrentDictionary<CameraId, CameraHealth> states = new();

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

    /// <summary>Forgets all but these.</summary>
    public void Keep(IReadOnlyCollection<CameraId> cameras)
    {
        foreach (var gone in states.Keys.Except(cameras))
            states.TryRemove(gone, out _);
        lock (states)
            Version++;
    }

    [LoggerMessage(LogLevel.Information, "Camera {Camera} is {State} {Detail}")]
    private partial void CameraChanged(CameraId camera, string state, string detail);
}
