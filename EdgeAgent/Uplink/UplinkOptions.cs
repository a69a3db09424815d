namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>The central server, from the section <c>Uplink</c>.</summary>
public sealed class UplinkOptions
{
    /// <summary>Its address, <c>https://host</c>; without one the box keeps everything to itself.</summary>
    public Uri? Server { get; set; }

    /// <summary>The one-time code of the first connection; afterwards it is of no use.</summary>
    public string? EnrolmentCode { get; set; }

    /// <summary>What the server's pages call this box.</summary>
    public string BoxName { get; set; } = "Kitchen box";
}
