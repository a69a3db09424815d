using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Tells watching pages which findings changed. A page that does not read loses the oldest news, not the server its memory.
/// </summary>
internal sealed class FindingFeed(TimeProvider time)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<Channel<string>, IReadOnlySet<string>> readers = new();

    /// <summary>What this server tells; other servers are told by whoever listens.</summary>
    public event Action<string, string>? Told;

    public void Tell(string siteId, string findingId)
    {
        Deliver(siteId, findingId);
        Told?.Invoke(siteId, findingId);
    }

    /// <summary>To the pages of this server.</summary>
    public void Deliver(string siteId, string findingId)
    {
        foreach (var (reader, sites) in readers)
        {
            if (sites.Contains(siteId))
                reader.Writer.TryWrite(findingId);
        }
    }

    /// <summary>
    /// Ids of findings as they change; null at the beginning and when nothing came for a while, so that a reader sees that the line holds.
    /// </summary>
    public async IAsyncEnumerable<string?> ReadAsync(IReadOnlySet<string> sites, [EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<string>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });
        readers[channel] = sites;
        try
        {
            yield return null;
            while (true)
            {
                var more = channel.Reader.WaitToReadAsync(cancel).AsTask();
                while (await Task.WhenAny(more, Task.Delay(Beat, time, cancel)) != more)
                    yield return null;
                await more;
                while (channel.Reader.TryRead(out var id))
                    yield return id;
            }
        }
        finally
        {
            readers.TryRemove(channel, out _);
        }
    }
}
