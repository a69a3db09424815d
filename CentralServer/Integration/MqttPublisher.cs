using System.Text.Json;
using BrightKitchen.CentralServer.Hosting;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Protocol;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>The MQTT broker that receives events, section <c>Mqtt</c>; without <see cref="Server"/> nothing is published.</summary>
public sealed class MqttOptions
{
    public string? Server { get; set; }

    public int Port { get; set; } = 1883;

    public bool Tls { get; set; }

    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>Topic prefix; topics are <c>PREFIX/sites/SITE/finding/STEP</c> and <c>…/case/STEP</c>.</summary>
    public string Prefix { get; set; } = "bright-kitchen";

    /// <summary>Configuration errors, each beginning with the key; null entries are settings without an error.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            Setting.Within(nameof(Port), Port, 1, 65535),
            string.IsNullOrWhiteSpace(Prefix) || Prefix.AsSpan().ContainsAny("#+")
                ? $"{nameof(Prefix)} is '{Prefix}': it must be a topic without # and +"
                : null,
        ];
}

/// <summary>Publishes events to the MQTT broker, at least once and in order (QoS 1).</summary>
internal sealed partial class MqttPublisher(
    IServiceScopeFactory scopes,
    MqttOptions options,
    TimeProvider time,
    ILogger<MqttPublisher> logger
) : BackgroundService
{
    private const string Cursor = "mqtt";
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Creates the cursor before the server accepts requests, so that events are published later if the broker is not yet reachable.
    /// </summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var scope = scopes.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<EventDispatcher>().BeginAsync(Cursor, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(options.Server, options.Port)
            .WithClientId($"bright-kitchen-{Guid.NewGuid():N}")
            .WithTimeout(BrokerTimeout);
        if (!string.IsNullOrEmpty(options.User))
            builder = builder.WithCredentials(options.User, options.Password);
        if (options.Tls)
            builder = builder.WithTlsOptions(tls => tls.UseTls());
        var (built, down) = (builder.Build(), false);
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!client.IsConnected)
                    await client.ConnectAsync(built, stoppingToken);
                if (down)
                    BrokerAvailable();
                down = false;
                await using var scope = scopes.CreateAsyncScope();
                var dispatcher = scope.ServiceProvider.GetRequiredService<EventDispatcher>();
                await dispatcher.RunAsync(
                    Cursor,
                    null,
                    integrationEvent => PublishAsync(client, integrationEvent, stoppingToken),
                    stoppingToken
                );
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!down)
                    BrokerUnavailable(e.Message);
                down = true;
            }
        }
    }

    private async Task<string?> PublishAsync(IMqttClient client, IntegrationEvent integrationEvent, CancellationToken cancel)
    {
        var topic = $"{options.Prefix}/sites/{integrationEvent.SiteId}/{integrationEvent.Type.Replace('.', '/')}";
        var message = new MqttApplicationMessageBuilder()
            .WithTopic(topic)
            .WithPayload(JsonSerializer.SerializeToUtf8Bytes(integrationEvent, JsonSerializerOptions.Web))
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .Build();
        try
        {
            var answer = await client.PublishAsync(message, cancel);
            return answer.IsSuccess ? null : $"the broker answered {answer.ReasonCode}";
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is MqttCommunicationException or OperationCanceledException)
        {
            return e.Message;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The MQTT broker is not available; events wait until it is: {Reason}")]
    private partial void BrokerUnavailable(string reason);

    [LoggerMessage(LogLevel.Information, "The MQTT broker is available again")]
    private partial void BrokerAvailable();
}
