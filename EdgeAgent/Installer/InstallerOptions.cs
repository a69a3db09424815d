using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>The box's own page for whoever sets it up, from the section <c>Installer</c>.</summary>
public sealed class InstallerOptions
{
    /// <summary>The page's HTTPS port on every address of the box, 0–65535; 0 shows no page.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 5443;

    /// <summary>Hosts that are asked for cameras one by one, beside the multicast that reaches the box's own network.</summary>
    public List<string> AlsoAsk { get; set; } = [];
}
