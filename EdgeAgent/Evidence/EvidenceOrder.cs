using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>What the rules ask to be kept.</summary>
internal abstract record EvidenceOrder;

/// <param name="Still">JPEG.</param>
/// <param name="Since">When it began by the box's steady clock, by which fragments are found.</param>
internal sealed record OpenOrder(FindingReport Finding, byte[] Still, DateTimeOffset Since) : EvidenceOrder;

internal sealed record CloseOrder(FindingId Finding, TimeSpan Lasted) : EvidenceOrder;
