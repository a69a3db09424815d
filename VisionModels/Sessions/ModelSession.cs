using BrightKitchen.VisionModels.Manifests;
using Microsoft.ML.OnnxRuntime;

namespace BrightKitchen.VisionModels.Sessions;

/// <summary>A model's weights in ONNX Runtime, verified against the manifest and against the decoder that reads the output.</summary>
internal sealed class ModelSession : IDisposable
{
    private readonly SessionOptions options;

    /// <exception cref="ModelException">The weights are not a model, or their output is laid out for another decoder.</exception>
    public ModelSession(string folder, string name, string decoder, int threads)
    {
        (Manifest, var weights) = ModelManifest.Read(folder, name);
        options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        // Idle cores belong to ffmpeg and to the other cameras: waiting threads must not spin.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            Inference = new InferenceSession(weights, options);
        }
        catch (OnnxRuntimeException e)
        {
            options.Dispose();
            throw new ModelException($"ONNX Runtime cannot load the weights of model '{name}': {e.Message}", e);
        }

        Inference.ModelMetadata.CustomMetadataMap.TryGetValue("decoder", out var inside);
        if (inside != decoder || Manifest.Decoder != decoder)
        {
            var found = inside ?? "none";
            Dispose();
            throw new ModelException(
                $"Model '{name}' has the output format '{found}' (manifest: '{Manifest.Decoder}'), but " + $"'{decoder}' is required."
            );
        }
    }

    public ModelManifest Manifest { get; }

    public InferenceSession Inference { get; }

    /// <summary>Called after every run, while its input is still in place; for measurements.</summary>
    public Action<BoundRun>? Ran { get; set; }

    public void Dispose()
    {
        Inference?.Dispose();
        options.Dispose();
    }
}
