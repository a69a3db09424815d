using BrightKitchen.CentralServer.Notifications;
using StackExchange.Redis;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Relays feed notifications between servers through Redis: publishes this server's and delivers those of other servers. While Redis is
/// unavailable, pages see other servers' changes only when they reload.
/// </summary>
internal sealed partial class FeedRelay(FindingFeed feed, IConnectionMultiplexer redis, Notifier notifier, ILogger<FeedRelay> logger)
    : IHostedService
{
    private static readonly RedisChannel Channel = RedisChannel.Literal("bright-kitchen:findings");
    private readonly string me = Guid.NewGuid().ToString("N");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        feed.Changed += Publish;
        try
        {
            await redis
                .GetSubscriber()
                .SubscribeAsync(Channel, (_, message) =>
                {
                    if (message.ToString().Split(' ') is [var from, var site, var finding] && from != me)
                        feed.Deliver(site, finding);
                });
        }
        catch (RedisException e)
        {
            // StackExchange.Redis subscribes automatically once Redis is available.
            NotSubscribed(e.Message);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        feed.Changed -= Publish;
        if (redis.IsConnected)
            await redis.GetSubscriber().UnsubscribeAsync(Channel);
    }

    private void Publish(string siteId, string findingId) =>
        _ = notifier.SendAsync("feed", () => redis.GetSubscriber().PublishAsync(Channel, $"{me} {siteId} {findingId}"));

    [LoggerMessage(LogLevel.Warning, "Redis is not available; changes on other servers are received as soon as it is: {Reason}")]
    private partial void NotSubscribed(string reason);
}
