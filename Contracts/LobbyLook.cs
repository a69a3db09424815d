namespace BrightKitchen.Contracts;

/// <summary>The edge agent's analysis of one picture of a person in front of the kiosk.</summary>
/// <param name="Seen">
/// Detections, each labelled with the result of the votes of the last seconds (<c>head covered</c>, <c>face masked</c>, <c>hand
/// gloved</c>; plain <c>head</c> while the votes are inconclusive); the score is the detector's.
/// </param>
/// <param name="Code">Text of a QR code in the picture; null when there is none.</param>
/// <param name="Picture">The analysed JPEG when it comes from the edge agent's own camera; null otherwise.</param>
public sealed record LobbyLook(IReadOnlyList<SeenBox> Seen, string? Code, byte[]? Picture);
