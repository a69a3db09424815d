using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>What the rules ask to be kept.</summary>
internal abstract record EvidenceCommand;

/// <param name="Still">JPEG.</param>
/// <param name="Since">When it began by the box's steady clock, by which fragments are found.</param>
internal sealed record OpenCommand(FindingReport Finding, byte[] Still, DateTimeOffset Since) : EvidenceCommand;

internal sealed record CloseCommand(FindingId Finding, TimeSpan Lasted) : EvidenceCommand;
