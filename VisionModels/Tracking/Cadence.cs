namespace BrightKitchen.VisionModels.Tracking;

/// <summary>
/// Schedules a recurring task. A delay by part of the interval is compensated, so that the mean interval is the requested one although
/// frames arrive at intervals of their own (an interval of 0.3 s on frames 0.2 s apart alternates between 0.4 s and 0.2 s). Not
/// thread-safe.
/// </summary>
/// <param name="interval">Mean time between two runs.</param>
public sealed class Cadence(TimeSpan interval)
{
    private DateTimeOffset? next;

    /// <summary>Whether the task is due. A clock that is set back does not suspend it.</summary>
    public bool IsDue(DateTimeOffset at) => next is not { } due || at >= due || due - at > interval;

    /// <summary>Records that the task ran.</summary>
    public void Done(DateTimeOffset at) => next = next is { } due && at >= due && at - due < interval * 2 ? due + interval : at + interval;
}
