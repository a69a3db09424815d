using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;
using MQTTnet;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What happens is published at a real broker (mosquitto), also what happened while the broker was away.</summary>
[AnyDatabase("the broker")]
public sealed class MqttTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Findings_are_published_also_those_from_while_the_broker_was_away()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-mqtt-").FullName;
        var port = LoopbackPort.Free();
        try
        {
            await using var server = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                ["--Mqtt:Server", "127.0.0.1", "--Mqtt:Port", $"{port}", "--Mqtt:User", "kitchen", "--Mqtt:Password", "only-for-this-test"]
            );
            using var box = new TestBox(server.Address);
            await RunningServer.EnrolAsync(server, box, Cancel);
            await using var hub = await box.ConnectAsync();
            await using (var broker = await Mosquitto.StartAsync(folder, port, "kitchen", "only-for-this-test", Cancel))
            {
                using var first = await SubscribedAsync(port);
                // The cursor is begun with the first connection: only what happens after is told.
                await Until.Async(async () =>
                {
                    await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);
                    await Task.Delay(500, Cancel);
                    return !first.Messages.IsEmpty;
                });
            }

            var late = TestBox.Finding();
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), late, Cancel);
            await using (var broker = await Mosquitto.StartAsync(folder, port, "kitchen", "only-for-this-test", Cancel))
            {
                using var second = await SubscribedAsync(port);
                await Until.Async(() => second.Messages.Any(m => m.Event.Finding?.Id == late.Id.ToString()));
                var told = second.Messages.First(m => m.Event.Finding?.Id == late.Id.ToString());
                told.Topic.ShouldBe($"bright-kitchen/sites/{told.Event.SiteId}/finding/notify");
            }

            (await File.ReadAllTextAsync(Path.Combine(folder, "server.log"), Cancel)).ShouldNotContain("only-for-this-test");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<Subscriber> SubscribedAsync(int port)
    {
        var subscriber = new Subscriber();
        await subscriber.BeginAsync(port);
        return subscriber;
    }

    private sealed class Subscriber : IDisposable
    {
        private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();

        public ConcurrentQueue<(string Topic, IntegrationEvent Event)> Messages { get; } = new();

        public async Task BeginAsync(int port)
        {
            client.ApplicationMessageReceivedAsync += m =>
            {
                Messages.Enqueue(
                    (
                        m.ApplicationMessage.Topic,
                        JsonSerializer.Deserialize<IntegrationEvent>(
                            Encoding.UTF8.GetString(m.ApplicationMessage.Payload),
                            JsonSerializerOptions.Web
                        )!
                    )
                );
                return Task.CompletedTask;
            };
            // The broker remembers it: what the server publishes before it is back waits for it.
            await client.ConnectAsync(
                new MqttClientOptionsBuilder()
                    .WithTcpServer("127.0.0.1", port)
                    .WithCredentials("kitchen", "only-for-this-test")
                    .WithClientId("watcher")
                    .WithCleanStart(false)
                    .WithSessionExpiryInterval(3600)
                    .Build(),
                Cancel
            );
            await client.SubscribeAsync("bright-kitchen/#", MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce, Cancel);
        }

        public void Dispose() => client.Dispose();
    }
}
