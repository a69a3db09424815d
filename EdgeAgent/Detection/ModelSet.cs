using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>One worker's own set of models.</summary>
internal sealed record ModelSet(SceneModels Models, Embedder Embedder) : IDisposable
{
    public void Dispose()
    {
        Models.Dispose();
        Embedder.Dispose();
    }
}
