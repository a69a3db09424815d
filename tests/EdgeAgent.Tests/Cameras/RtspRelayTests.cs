using System.Net.Sockets;
using System.Text;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>What other programs on the machine can do to a camera's picture that is on its way to ffmpeg.</summary>
public sealed class RtspRelayTests(Temporary temporary)
{
    private static readonly string Picture = Path.Combine(Repository.Pictures, "line-sub.ts");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_that_say_nothing_keep_the_player_waiting_for_nothing()
    {
        await using var server = await CameraServer.StartAsync(
            temporary.Folder(),
            [new("/line", Picture)],
            new(0, "viewer", "secret"),
            Cancel
        );
        await using var relay = await OpenAsync(server);
        var url = new Uri(relay.Url);
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 6; i++)
            {
                var caller = new TcpClient();
                silent.Add(caller);
                await caller.ConnectAsync("127.0.0.1", url.Port, Cancel);
            }

            (await AskAsync(url.Port, relay.Url)).ShouldStartWith("RTSP/1.0 200");
            // One after the other each would be sent away before the player is heard. Here they go with it, unanswered.
            foreach (var caller in silent)
                (await AnswerAsync(caller)).ShouldNotStartWith("RTSP/1.0 404");
        }
        finally
        {
            silent.ForEach(s => s.Dispose());
        }
    }

    [Theory]
    [InlineData("rtsp://127.0.0.1/other?{0}")]
    [InlineData("rtsp://127.0.0.1/{0}x")]
    [InlineData("rtsp://{0}/x")]
    [InlineData("{0}")]
    [InlineData("rtsp://127.0.0.1/")]
    public async Task A_caller_that_does_not_know_the_whole_name_is_sent_away_and_the_player_is_served_after_it(string target)
    {
        await using var server = await CameraServer.StartAsync(
            temporary.Folder(),
            [new("/line", Picture)],
            new(0, "viewer", "secret"),
            Cancel
        );
        await using var relay = await OpenAsync(server);
        var url = new Uri(relay.Url);
        (
            await AskAsync(url.Port, string.Format(System.Globalization.CultureInfo.InvariantCulture, target, url.AbsolutePath.Trim('/')))
        ).ShouldStartWith("RTSP/1.0 404");
        (await AskAsync(url.Port, relay.Url)).ShouldStartWith("RTSP/1.0 200");
        await Should.ThrowAsync<SocketException>(async () =>
        {
            using var late = new TcpClient();
            await late.ConnectAsync("127.0.0.1", url.Port, Cancel);
        });
    }

    private static Task<RtspRelay> OpenAsync(CameraServer server) =>
        RtspRelay.OpenAsync(new(server.Url("/line"), "viewer", "secret"), TimeSpan.FromSeconds(20), TimeProvider.System, Cancel);

    private static async Task<string> AnswerAsync(TcpClient caller)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            var answer = new byte[100];
            return Encoding.ASCII.GetString(answer, 0, await caller.GetStream().ReadAsync(answer, limit.Token));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<string> AskAsync(int port, string target)
    {
        var caller = new TcpClient();
        await caller.ConnectAsync("127.0.0.1", port, Cancel);
        var stream = caller.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"OPTIONS {target} RTSP/1.0\r\nCSeq: 1\r\n\r\n"), Cancel);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var answer = new byte[1000];
        var read = await stream.ReadAsync(answer, limit.Token);
        var status = Encoding.ASCII.GetString(answer, 0, read);
        if (!status.StartsWith("RTSP/1.0 200", StringComparison.Ordinal))
            caller.Dispose();
        return status;
    }
}
