using Microsoft.AspNetCore.SignalR;
using StackExchange.Redis;

namespace BrightKitchen.CentralServer.Notifications;

internal static class RedisRegistration
{
    /// <summary>
    /// Adds Redis as backplane between servers. The server starts and works alone while Redis is unavailable, and messages that cannot be
    /// sent fail at once instead of waiting in a queue.
    /// </summary>
    public static void AddRedis(this ISignalRServerBuilder hubs, string redis)
    {
        hubs.AddStackExchangeRedis(options =>
        {
            options.Configuration = Options(redis);
            options.Configuration.ChannelPrefix = RedisChannel.Literal("bright-kitchen");
        });
        hubs.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(Options(redis)));
    }

    private static ConfigurationOptions Options(string redis)
    {
        var options = ConfigurationOptions.Parse(redis);
        (options.AbortOnConnectFail, options.BacklogPolicy) = (false, BacklogPolicy.FailFast);
        return options;
    }
}
