using BrightKitchen.Contracts;
using BrightKitchen.VisionModels;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>One person or thing that violates a rule, over one stretch of time; a finding once it has an id.</summary>
internal sealed class Episode
{
    /// <summary>Null until it lasted for the dwell.</summary>
    public FindingId? Id { get; set; }

    /// <summary>The track that carries it now.</summary>
    public long Track { get; set; }

    /// <summary>The tracks that carried it before and may come back.</summary>
    public HashSet<long> Earlier { get; } = [];

    /// <summary>The track of the person that it belongs to; null where no person was found around it.</summary>
    public long? Person { get; set; }

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset LastSeen { get; set; }

    /// <summary>When <see cref="Track"/> took it over.</summary>
    public DateTimeOffset CarriedSince { get; set; }

    /// <summary>Whether a newcomer carries it for no other reason than its place.</summary>
    public bool Guessed { get; set; }

    /// <summary>When it was last certain who it is.</summary>
    public DateTimeOffset CertainAt { get; set; }

    public RectF Box { get; set; }

    public float Score { get; set; }

    public Violation Violation => new(Id!.Value, Since, LastSeen, Score, Box);
}
