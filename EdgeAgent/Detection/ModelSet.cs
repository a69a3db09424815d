using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The models of one worker.</summary>
internal sealed record ModelSet(SceneModels Models, Embedder Embedder) : IDisposable
{
    public void Dispose()
    {
        Models.Dispose();
        Embedder.Dispose();
    }
}
