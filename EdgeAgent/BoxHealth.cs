namespace BrightKitchen.EdgeAgent;

/// <summary>What keeps the box from being ready.</summary>
internal sealed class BoxHealth
{
    private volatile string? storeFault;
    private volatile string uplink = "connecting";

    /// <summary>Why evidence cannot be written; null while it can.</summary>
    public string? StoreFault
    {
        get => storeFault;
        set => storeFault = value;
    }

    /// <summary><c>connected</c>, or why not.</summary>
    public string Uplink
    {
        get => uplink;
        set => uplink = value;
    }
}
