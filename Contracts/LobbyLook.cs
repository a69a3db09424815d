namespace BrightKitchen.Contracts;

/// <summary>What the box sees on one picture of somebody who stands before the kiosk.</summary>
/// <param name="Seen">Each with its label and what the votes of the newest seconds say of it (<c>head covered</c>, <c>face masked</c>,
/// <c>hand gloved</c>; <c>head</c> while nothing sure is said); the score is the detector's.</param>
/// <param name="Code">The text of a QR code on it; null where there is none.</param>
/// <param name="Picture">The JPEG, where the camera is the box's own.</param>
public sealed record LobbyLook(IReadOnlyList<SeenBox> Seen, string? Code, byte[]? Picture);
