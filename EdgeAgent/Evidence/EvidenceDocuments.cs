using BrightKitchen.Contracts;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>A finding as stored in LiteDB.</summary>
internal sealed class FindingDocument
{
    [BsonId]
    public string Id { get; set; } = "";

    public string Camera { get; set; } = "";

    public string Kind { get; set; } = "";

    public long OpenedAtMs { get; set; }

    public long? ClosedAtMs { get; set; }

    /// <summary>The <see cref="FindingReport"/> as it is sent, JSON.</summary>
    public string Report { get; set; } = "";

    /// <summary>False while a longer clip may still replace this one.</summary>
    public bool ClipFinal { get; set; }

    public string ClipSha256 { get; set; } = "";

    public long ClipBytes { get; set; }

    public string StillSha256 { get; set; } = "";

    public long StillBytes { get; set; }
}

/// <summary>An entry of the edge agent's evidence chain, as signed.</summary>
internal sealed class ManifestDocument
{
    /// <summary>1, 2, 3 … without gaps.</summary>
    [BsonId]
    public long Id { get; set; }

    public string Finding { get; set; } = "";

    public long AtMs { get; set; }

    /// <summary>A compact JWS of a <see cref="BrightKitchen.Sealing.Manifest"/>.</summary>
    public string Signed { get; set; } = "";
}

/// <summary>A finding under legal hold.</summary>
internal sealed class HoldDocument
{
    [BsonId]
    public string Id { get; set; } = "";
}

/// <summary>The last number that a sequence issued.</summary>
internal sealed class CounterDocument
{
    public const string Outbox = "outbox";

    [BsonId]
    public string Id { get; set; } = "";

    public long Last { get; set; }
}

/// <summary>An item that the server must acknowledge; items are ordered by number.</summary>
internal sealed class OutboxDocument
{
    [BsonId]
    public long Id { get; set; }

    public string Finding { get; set; } = "";

    /// <summary><c>report</c>, <c>still</c> or <c>clip</c>.</summary>
    public string What { get; set; } = "";

    public long AddedAtMs { get; set; }

    /// <summary>How often the server has refused the item.</summary>
    public int Refusals { get; set; }

    /// <summary>Earliest time of the next attempt, Unix milliseconds; 0 means immediately.</summary>
    public long NotBeforeMs { get; set; }
}
