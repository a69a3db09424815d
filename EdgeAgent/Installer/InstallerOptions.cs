using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>The edge agent's setup page, from the section <c>Installer</c>.</summary>
public sealed class InstallerOptions
{
    /// <summary>The page's HTTPS port on all addresses of the device, 0–65535; 0 disables the page.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 5443;

    /// <summary>
    /// Private IP addresses to probe for cameras by unicast, <c>address[:port]</c>, in addition to the multicast on the device's own
    /// networks.
    /// </summary>
    public List<string> AlsoAsk { get; set; } = [];
}
