using BrightKitchen.Contracts;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>A finding as it lies in LiteDB.</summary>
internal sealed class FindingDocument
{
    [BsonId]
    public string Id { get; set; } = "";

    public string Camera { get; set; } = "";

    public string Kind { get; set; } = "";

    public long OpenedAtMs { get; set; }

    public long? ClosedAtMs { get; set; }

    /// <summary>The <see cref="FindingReport"/> as it is sent.</summary>
    public string Report { get; set; } = "";

    /// <summary>False while the clip may still be replaced by a longer one.</summary>
    public bool ClipFinal { get; set; }

    public string ClipSha256 { get; set; } = "";

    public long ClipBytes { get; set; }

    public string StillSha256 { get; set; } = "";

    public long StillBytes { get; set; }
}

/// <summary>An entry of the box's chain as it was signed.</summary>
internal sealed class ManifestDocument
{
    /// <summary>1, 2, 3 … without a gap.</summary>
    [BsonId]
    public long Id { get; set; }

    public string Finding { get; set; } = "";

    public long AtMs { get; set; }

    /// <summary>A compact JWS of a <see cref="Contracts.Sealing.Manifest"/>.</summary>
    public string Signed { get; set; } = "";
}

/// <summary>A finding that is held by law.</summary>
internal sealed class HoldDocument
{
    [BsonId]
    public string Id { get; set; } = "";
}

/// <summary>The last number that was given out.</summary>
internal sealed class CounterDocument
{
    public const string Outbox = "outbox";

    [BsonId]
    public string Id { get; set; } = "";

    public long Last { get; set; }
}

/// <summary>One thing that the server must acknowledge, in the order of its number.</summary>
internal sealed class OutboxDocument
{
    [BsonId]
    public long Id { get; set; }

    public string Finding { get; set; } = "";

    /// <summary><c>report</c>, <c>still</c> or <c>clip</c>.</summary>
    public string What { get; set; } = "";

    public long AddedAtMs { get; set; }

    /// <summary>How often the server refused it.</summary>
    public int Refusals { get; set; }

    /// <summary>Not offered before; 0 for at once.</summary>
    public long NotBeforeMs { get; set; }
}
