namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Decides on which of one camera's frames the models run: on every frame during motion and for 2 s after it, less often while a person
/// stands still, least often in an empty scene, and always often enough for the shortest dwell time.
/// </summary>
/// <param name="shortestDwell">Shortest dwell time of the camera's rules.</param>
internal sealed class AnalysisPace(TimeSpan shortestDwell)
{
    /// <summary>Share of the picture (0–1) that must change to count as motion: a hand at the far end of a kitchen.</summary>
    public const double Moving = 0.0006;
    private const int LooksADwell = 3;
    private static readonly TimeSpan Lively = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WhileSeen = TimeSpan.FromSeconds(0.38);
    private static readonly TimeSpan WhileEmpty = TimeSpan.FromSeconds(0.98);
    private DateTimeOffset moved = DateTimeOffset.MinValue;
    private DateTimeOffset looked = DateTimeOffset.MinValue;
    private bool seen;

    /// <summary>Whether the models should run on the frame of this time.</summary>
    /// <param name="motion">Share of the picture that changed since the previous frame, 0–1.</param>
    public bool Due(DateTimeOffset at, double motion)
    {
        if (motion >= Moving)
            moved = at;
        // A clock that is set back must not stop the analysis.
        if (at < looked || at < moved)
            (looked, moved) = (DateTimeOffset.MinValue, at);
        var least = shortestDwell / LooksADwell;
        var pause = seen ? WhileSeen : WhileEmpty;
        return at - moved <= Lively || at - looked >= (least < pause ? least : pause);
    }

    /// <summary>Records a run of the models.</summary>
    /// <param name="somethingSeen">Whether it detected any object.</param>
    public void Looked(DateTimeOffset at, bool somethingSeen) => (looked, seen) = (at, somethingSeen);
}
