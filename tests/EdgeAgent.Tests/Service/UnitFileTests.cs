using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Service;

/// <summary>What the shipped unit of systemd gives the box and what it withholds.</summary>
public sealed class UnitFileTests
{
    private static readonly ILookup<string, string> Unit = File.ReadLines(
            Path.Combine(Repository.Root, "EdgeAgent", "Service", "bright-kitchen-box.service")
        )
        .Where(l => l.Contains('=', StringComparison.Ordinal) && !l.StartsWith('#'))
        .Select(l => l.Split('=', 2))
        .ToLookup(l => l[0], l => l[1]);

    [Fact]
    public void The_graphics_chip_is_reachable_and_no_other_device_is()
    {
        Unit["PrivateDevices"].ShouldNotContain("yes", "it hides /dev/dri, and hardware decoding with it");
        Unit["DevicePolicy"].ShouldBe(["closed"]);
        Unit["DeviceAllow"].ShouldBe(["char-drm rw", "char-nvidia* rw"]);
        // /dev/dri/renderD128 belongs to the group render, /dev/dri/card0 to video.
        Unit["SupplementaryGroups"].ShouldHaveSingleItem().Split(' ').ShouldBe(["video", "render"], ignoreOrder: true);
    }

    [Fact]
    public void What_else_is_withheld_stays_withheld()
    {
        foreach (
            var protection in new[]
            {
                "NoNewPrivileges",
                "ProtectHome",
                "PrivateTmp",
                "ProtectKernelTunables",
                "ProtectKernelModules",
                "ProtectControlGroups",
                "RestrictSUIDSGID",
                "RestrictNamespaces",
            }
        )
            Unit[protection].ShouldBe(["yes"], protection);
        Unit["CapabilityBoundingSet"].ShouldBe([""]);
    }
}
