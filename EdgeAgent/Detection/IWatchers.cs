using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Viewers that need every frame of a camera analysed while they watch, such as viewers of the public picture, which is blurred by the
/// detections.
/// </summary>
internal interface IWatchers
{
    /// <summary>Receiver of the camera's observations; null while there is no viewer.</summary>
    Action<Observation>? Of(CameraId camera);
}
