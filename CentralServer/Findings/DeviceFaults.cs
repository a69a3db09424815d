using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Open findings in which edge agents report their own faults.</summary>
internal sealed class DeviceFaults(SiteScope scope) : IDeviceFaults
{
    public async Task<List<DeviceFault>> OpenAsync(int most, CancellationToken cancel) =>
        await (await scope.FindingsAsync(cancel))
            .Where(f => f.OverAt == null && f.ClosedAt == null && (f.Kind == FindingKinds.BoxStorage || f.Kind == FindingKinds.BoxDamaged))
            .OrderByDescending(f => f.OpenedAt)
            .Take(most)
            .Select(f => new DeviceFault(f.Id, f.BoxId, f.Kind))
            .ToListAsync(cancel);
}
