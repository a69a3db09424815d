using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>What the rules ask to be kept.</summary>
internal abstract record EvidenceOrder;

/// <param name="Still">JPEG.</param>
internal sealed record OpenOrder(FindingReport Finding, byte[] Still) : EvidenceOrder;

internal sealed record CloseOrder(FindingId Finding, DateTimeOffset ClosedAt) : EvidenceOrder;
