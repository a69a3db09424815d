namespace BrightKitchen.VisionModels.Manifests;

/// <summary>A model that cannot be used; the message names the file, what was found and what to do.</summary>
public sealed class ModelException : Exception
{
    public ModelException() { }

    public ModelException(string message)
        : base(message) { }

    public ModelException(string message, Exception inner)
        : base(message, inner) { }
}
