using System.Globalization;
using System.Net;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Recording;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Sends recordings that a user of the server requested: at most <see cref="AtOnce"/> at a time, at the speed at which they are viewed.
/// </summary>
internal sealed partial class RecallAnswers(
    UplinkOptions options,
    AgentIdentity identity,
    Recordings recordings,
    IHttpClientFactory clients,
    ILogger<RecallAnswers> logger
)
{
    private const int AtOnce = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(2);
    private int running;

    /// <summary>Starts the transfer and returns. A request beyond the limit is dropped: the server reports that to the user.</summary>
    public void Take(RecallOrder order)
    {
        if (Interlocked.Increment(ref running) > AtOnce)
            Interlocked.Decrement(ref running);
        else
            _ = Task.Run(() => AnswerAsync(order));
    }

    private async Task AnswerAsync(RecallOrder order)
    {
        try
        {
            using var client = clients.CreateClient();
            (client.BaseAddress, client.Timeout) = (options.Server, Longest);
            client.DefaultRequestHeaders.Authorization = new("Bearer", identity.Token());
            using var request = new HttpRequestMessage(
                HttpMethod.Put,
                BoxRoutes.Recall(identity.Enrolment!.BoxId, order.Camera.Value, order.Id.ToString())
            )
            {
                Content = ContentOf(order, request: out var headers),
            };
            foreach (var (name, value) in headers)
                request.Headers.Add(name, value);
            using var answer = await client.SendAsync(request);
            // Not found: the user who made the request has left.
            if (answer.StatusCode != HttpStatusCode.NotFound)
                answer.EnsureSuccessStatusCode();
        }
        catch (Exception e) when (LineFault.Is(e))
        {
            NotSent(order.Camera, order.From, e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    private HttpContent ContentOf(RecallOrder order, out Dictionary<string, string> request)
    {
        request = [];
        if (order.To <= order.From || order.To - order.From > (order.Part is null ? RecallOrder.LongestView : RecallOrder.LongestSpan))
            return new ByteArrayContent([]);
        if (order.Part is not { } wanted)
            return new ByteArrayContent(
                JsonSerializer.SerializeToUtf8Bytes(recordings.Stretches(order.Camera, order.From, order.To), JsonSerializerOptions.Web)
            );
        var parts = RecordingExport.Parts(recordings, order.Camera, order.From, order.To);
        if (wanted < 0 || wanted >= parts.Count)
            return new ByteArrayContent([]);
        var part = parts[wanted];
        request[BoxRoutes.PartsHeader] = parts.Count.ToString(CultureInfo.InvariantCulture);
        request[BoxRoutes.FromHeader] = part.From.ToString("O", CultureInfo.InvariantCulture);
        request[BoxRoutes.ToHeader] = part.To.ToString("O", CultureInfo.InvariantCulture);
        request[BoxRoutes.CodecHeader] = Mp4.Codec(part.Init);
        request[BoxRoutes.GapsHeader] = part.Gaps.Count.ToString(CultureInfo.InvariantCulture);
        return new Written((into, cancel) => RecordingExport.WriteAsync(part, into, cancel));
    }

    [LoggerMessage(LogLevel.Warning, "The requested recording of camera {Camera} from {From} cannot be sent to the server: {Reason}")]
    private partial void NotSent(CameraId camera, DateTimeOffset from, string reason);

    // Content that is written directly from the disk into the request.
    private sealed class Written(Func<Stream, CancellationToken, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            write(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
