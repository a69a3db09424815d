using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.VisionModels.Scenes;

/// <summary>
/// Decides which tracks' attribute is classified on which frame, and holds the votes: each track a few times a second, and among many
/// tracks those that have waited longest.
/// </summary>
internal sealed class AttributeScheduler(TimeSpan window, TimeSpan memory)
{
    private const int MostAtOnce = 8;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.3);
    private readonly Dictionary<long, Entry> entries = [];

    public List<Track> Due(IEnumerable<Track> tracks, DateTimeOffset time)
    {
        foreach (var (id, entry) in entries)
        {
            if (time - entry.Asked > window + memory)
                entries.Remove(id);
        }

        return
        [
            .. tracks
                .Select(t => (Track: t, Entry: entries.GetValueOrDefault(t.Id)))
                .Where(p => p.Entry is null || p.Entry.Turns.IsDue(time))
                .OrderBy(p => p.Entry?.Asked ?? DateTimeOffset.MinValue)
                .Take(MostAtOnce)
                .Select(p => p.Track),
        ];
    }

    public void Take(long track, Judgement judgement, DateTimeOffset time)
    {
        if (!entries.TryGetValue(track, out var entry))
            entries[track] = entry = new(new(window));
        entry.Asked = time;
        entry.Turns.Done(time);
        entry.VoteWindow.Cast(judgement, time);
    }

    public VoteResult Count(long track, DateTimeOffset time) =>
        entries.TryGetValue(track, out var entry) ? entry.VoteWindow.Count(time) : VoteResult.None;

    private sealed class Entry(VoteWindow ballot)
    {
        public VoteWindow VoteWindow => ballot;

        public Cadence Turns { get; } = new(Interval);

        public DateTimeOffset Asked { get; set; }
    }
}
