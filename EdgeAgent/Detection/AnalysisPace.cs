namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Decides which of one camera's frames the models look at: each while something moves and shortly after, fewer while somebody stands
/// still, fewest while nobody is there, and never fewer than the shortest dwell needs.
/// </summary>
/// <param name="shortestDwell">Of the camera's rules.</param>
internal sealed class AnalysisPace(TimeSpan shortestDwell)
{
    /// <summary>Share of the picture that must change to be motion: a hand at the far end of a kitchen.</summary>
    public const double Moving = 0.0006;
    private const int LooksADwell = 3;
    private static readonly TimeSpan Lively = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WhileSeen = TimeSpan.FromSeconds(0.38);
    private static readonly TimeSpan WhileEmpty = TimeSpan.FromSeconds(0.98);
    private DateTimeOffset moved = DateTimeOffset.MinValue;
    private DateTimeOffset looked = DateTimeOffset.MinValue;
    private bool seen;

    /// <summary>Whether the frame of this time is to be looked at.</summary>
    /// <param name="motion">Share of the picture that changed since the frame before, 0–1.</param>
    public bool Due(DateTimeOffset at, double motion)
    {
        if (motion >= Moving)
            moved = at;
        // A clock that was set back must not silence the camera.
        if (at < looked || at < moved)
            (looked, moved) = (DateTimeOffset.MinValue, at);
        var least = shortestDwell / LooksADwell;
        var pause = seen ? WhileSeen : WhileEmpty;
        return at - moved <= Lively || at - looked >= (least < pause ? least : pause);
    }

    /// <summary>Takes down what a look gave.</summary>
    public void Looked(DateTimeOffset at, bool somethingSeen) => (looked, seen) = (at, somethingSeen);
}
