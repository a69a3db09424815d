using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Tells watching pages which findings changed. A page that does not read loses the oldest news, not the server its memory.</summary>
internal sealed class FindingFeed
{
    private readonly ConcurrentDictionary<Channel<string>, IReadOnlySet<string>> readers = new();

    public void Tell(string siteId, string findingId)
    {
        foreach (var (reader, sites) in readers)
        {
            if (sites.Contains(siteId))
                reader.Writer.TryWrite(findingId);
        }
    }

    public async IAsyncEnumerable<string> ReadAsync(IReadOnlySet<string> sites, [EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<string>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });
        readers[channel] = sites;
        try
        {
            await foreach (var id in channel.Reader.ReadAllAsync(cancel))
                yield return id;
        }
        finally
        {
            readers.TryRemove(channel, out _);
        }
    }
}
