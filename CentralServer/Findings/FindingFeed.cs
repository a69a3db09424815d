using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Notifies open pages of changed findings. Each reader's queue is bounded: a slow reader loses its oldest notifications, so that memory
/// use is limited.
/// </summary>
internal sealed class FindingFeed(TimeProvider time)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<Channel<string>, IReadOnlySet<string>> readers = new();

    /// <summary>
    /// Raised with site id and finding id for changes on this server only; <see cref="FeedRelay"/> forwards them to other servers.
    /// </summary>
    public event Action<string, string>? Changed;

    public void Publish(string siteId, string findingId)
    {
        Deliver(siteId, findingId);
        Changed?.Invoke(siteId, findingId);
    }

    /// <summary>Notifies the pages of this server.</summary>
    public void Deliver(string siteId, string findingId)
    {
        foreach (var (reader, sites) in readers)
        {
            if (sites.Contains(siteId))
                reader.Writer.TryWrite(findingId);
        }
    }

    /// <summary>
    /// Ids of findings as they change; null at the start and after every 20 s without a change, so that the reader detects a broken
    /// connection.
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
                while (await Task.WhenAny(more, Task.Delay(KeepAlive, time, cancel)) != more)
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
