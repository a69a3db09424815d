using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BrightKitchen.EdgeAgent.Service;

/// <summary>
/// Healthy or degraded while evidence and recordings can be written. A camera or the uplink that is down is degraded, because monitoring
/// continues without it.
/// </summary>
internal sealed class AgentReadiness(AgentHealth health, EvidenceStore store, CameraStatus board) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if ((health.StoreFault ?? health.RecordingFault) is { } fault)
            return Task.FromResult(HealthCheckResult.Unhealthy(fault));
        var down = board.All.Count(c => c.State != CameraStates.Live);
        return Task.FromResult(
            down == 0
            && health.Uplink == "connected"
            && health.UnarmedRules.Count == 0
            && health.StorageNote is null
            && store.Rescued is null
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded(
                    string.Join(
                        " ",
                        [$"{down} cameras down; uplink: {health.Uplink}.", .. health.UnarmedRules, health.StorageNote, store.Rescued]
                    )
                )
        );
    }
}
