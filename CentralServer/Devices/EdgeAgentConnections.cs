using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>
/// The edge agents' connections where servers share Redis. Messages to an agent that is connected to this server are sent directly, so that
/// Redis is needed only between servers. An agent that connects while Redis is unavailable is accepted, and disconnected once Redis is back
/// so that it reconnects, because only then can other servers reach it.
/// </summary>
internal sealed partial class EdgeAgentConnections : RedisHubLifetimeManager<BoxHub>
{
    private readonly ConcurrentDictionary<string, HubConnectionContext> connections = new();
    private readonly ConcurrentDictionary<string, HubConnectionContext> unsubscribed = new();
    private readonly ILogger<EdgeAgentConnections> logger;

    public EdgeAgentConnections(
        ILogger<RedisHubLifetimeManager<BoxHub>> redisLogger,
        IOptions<RedisOptions> options,
        IHubProtocolResolver protocols,
        IOptions<HubOptions> hub,
        IOptions<HubOptions<BoxHub>> boxHub,
        IConnectionMultiplexer redis,
        ILogger<EdgeAgentConnections> logger
    )
        : base(redisLogger, options, protocols, hub, boxHub)
    {
        this.logger = logger;
        redis.ConnectionRestored += (_, _) => Reconnect();
    }

    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        connections[connection.ConnectionId] = connection;
        try
        {
            await base.OnConnectedAsync(connection);
        }
        catch (Exception e) when (IsRedis(e))
        {
            unsubscribed[connection.ConnectionId] = connection;
            ConnectedLocally(connection.UserIdentifier, e.Message);
        }
    }

    public override async Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        connections.TryRemove(connection.ConnectionId, out _);
        unsubscribed.TryRemove(connection.ConnectionId, out _);
        try
        {
            await base.OnDisconnectedAsync(connection);
        }
        catch (Exception e) when (IsRedis(e))
        {
            // Redis lost the subscriptions itself; there is nothing to unsubscribe.
        }
    }

    public override async Task SendUserAsync(
        string userId,
        string methodName,
        object?[] args,
        CancellationToken cancellationToken = default
    )
    {
        var here = connections.Values.Where(c => c.UserIdentifier == userId && !c.ConnectionAborted.IsCancellationRequested).ToList();
        if (here.Count == 0)
        {
            await base.SendUserAsync(userId, methodName, args, cancellationToken);
            return;
        }

        foreach (var connection in here)
            await connection.WriteAsync(new InvocationMessage(methodName, args), cancellationToken);
    }

    private static bool IsRedis(Exception e) => e is RedisException or TimeoutException;

    private void Reconnect()
    {
        foreach (var (id, connection) in unsubscribed)
        {
            if (unsubscribed.TryRemove(id, out _))
                connection.Abort();
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Redis is unavailable: edge agent {Box} is connected to this server only and has to reconnect when Redis is available: {Reason}"
    )]
    private partial void ConnectedLocally(string? box, string reason);
}
