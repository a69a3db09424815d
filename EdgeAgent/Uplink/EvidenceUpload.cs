using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Uploads a still or a clip in chunks. The server returns the offset to resume at, so that a lost connection costs one chunk.
/// </summary>
internal sealed class EvidenceUpload(
    UplinkOptions options,
    AgentIdentity identity,
    EvidenceStore store,
    IHttpClientFactory clients,
    TimeProvider time
)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(2);
    private const int Piece = 512 * 1024;
    private const int LeastPiece = 16 * 1024;
    private int piece = Piece / 4;

    /// <exception cref="HttpRequestException">The server refused the upload or the connection failed.</exception>
    public async Task SendAsync(FindingId finding, EvidencePart part, CancellationToken stop)
    {
        var (bytes, digest) = store.Part(finding.ToString(), part);
        using var client = clients.CreateClient();
        client.BaseAddress = options.Server;
        client.Timeout = Patience;
        var route = BoxRoutes.Evidence(finding.ToString(), part);
        client.DefaultRequestHeaders.Authorization = new("Bearer", identity.Token());
        using var state = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, route), stop);
        state.EnsureSuccessStatusCode();
        var offset = OffsetOf(state);
        while (offset < bytes.Length)
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, route)
            {
                Content = new ByteArrayContent(bytes, (int)offset, Math.Min(PieceNow, bytes.Length - (int)offset)),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Headers.Add(BoxRoutes.OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(BoxRoutes.LengthHeader, bytes.Length.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(BoxRoutes.DigestHeader, digest);
            var began = time.GetTimestamp();
            using var answer = await SendAsync(client, request, stop);
            var took = time.GetElapsedTime(began);
            piece =
                took > Slow ? Math.Max(piece / 2, LeastPiece)
                : took < Quick ? Math.Min(piece * 2, Piece)
                : piece;
            await RestAsync(request.Content.Headers.ContentLength ?? 0, took, stop);
            if (answer.StatusCode != HttpStatusCode.Conflict)
                answer.EnsureSuccessStatusCode();
            var next = OffsetOf(answer);
            if (next == offset)
                throw new HttpRequestException($"The server accepts no more data for the {part} of finding {finding}.");
            offset = next;
        }
    }

    // A chunk takes a few seconds at the measured throughput, so that a lost connection costs little and a slow one is not monopolised.
    private int PieceNow =>
        options.EvidenceKilobytesPerSecond is { } limit ? (int)Math.Clamp(Math.Min(piece, limit * 4000), LeastPiece, Piece) : piece;

    private async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await client.SendAsync(request, stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested && LineFault.Is(e))
        {
            piece = Math.Max(piece / 4, LeastPiece);
            throw;
        }
    }

    // Pauses after a chunk that was faster than the configured rate.
    private Task RestAsync(long bytes, TimeSpan took, CancellationToken stop)
    {
        var due = options.EvidenceKilobytesPerSecond is { } limit ? TimeSpan.FromSeconds(bytes / (limit * 1000)) - took : TimeSpan.Zero;
        return due > TimeSpan.Zero ? Task.Delay(due, time, stop) : Task.CompletedTask;
    }

    private static long OffsetOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(BoxRoutes.OffsetHeader, out var values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new HttpRequestException($"The server's response lacks the header {BoxRoutes.OffsetHeader}.");
}
