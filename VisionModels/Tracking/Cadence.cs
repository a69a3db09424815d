namespace BrightKitchen.VisionModels.Tracking;

/// <summary>
/// Says when something is due again. What is late by a part of the interval is made up for, so that the mean interval is the one asked for
/// although frames come on a grid of their own (every 0.3 s on frames 0.2 s apart is after 0.4 s and 0.2 s in turn). Not thread-safe.
/// </summary>
/// <param name="interval">The mean time between two turns.</param>
public sealed class Cadence(TimeSpan interval)
{
    private DateTimeOffset? next;

    /// <summary>Whether it is due. A clock that was set back silences nothing.</summary>
    public bool IsDue(DateTimeOffset at) => next is not { } due || at >= due || due - at > interval;

    /// <summary>Takes down that it was done.</summary>
    public void Done(DateTimeOffset at) => next = next is { } due && at >= due && at - due < interval * 2 ? due + interval : at + interval;
}
