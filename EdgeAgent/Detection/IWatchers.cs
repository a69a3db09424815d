using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>Viewers who need every frame of a camera analysed while they watch it, such as those of a picture that is blurred by it.</summary>
internal interface IWatchers
{
    /// <summary>Where the camera's observations go; null while nobody watches.</summary>
    Action<Observation>? Of(CameraId camera);
}
