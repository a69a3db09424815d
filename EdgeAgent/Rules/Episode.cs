using BrightKitchen.Contracts;
using BrightKitchen.VisionModels;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>One person or object that violates a rule, over one stretch of time; becomes a finding when it gets an id.</summary>
internal sealed class Episode
{
    /// <summary>Null until the violation has lasted for the dwell time.</summary>
    public FindingId? Id { get; set; }

    /// <summary>The track that currently represents it.</summary>
    public long Track { get; set; }

    /// <summary>Tracks that represented it before and may return.</summary>
    public HashSet<long> Earlier { get; } = [];

    /// <summary>Track of the person that it belongs to; null where no person was detected around it.</summary>
    public long? Person { get; set; }

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset LastSeen { get; set; }

    /// <summary>When <see cref="Track"/> took over the episode.</summary>
    public DateTimeOffset CarriedSince { get; set; }

    /// <summary>Whether the current track was assigned by its position alone.</summary>
    public bool Guessed { get; set; }

    /// <summary>When the identity was last certain.</summary>
    public DateTimeOffset CertainAt { get; set; }

    public RectF Box { get; set; }

    public float Score { get; set; }

    public Violation Violation => new(Id!.Value, Since, LastSeen, Score, Box);
}
