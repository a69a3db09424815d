using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>A request from the rules to save evidence.</summary>
internal abstract record EvidenceCommand;

/// <param name="Still">JPEG.</param>
/// <param name="Since">Start of the violation on the edge agent's monotonic clock, which also indexes the fragments.</param>
internal sealed record OpenCommand(FindingReport Finding, byte[] Still, DateTimeOffset Since) : EvidenceCommand;

internal sealed record CloseCommand(FindingId Finding, TimeSpan Lasted) : EvidenceCommand;
