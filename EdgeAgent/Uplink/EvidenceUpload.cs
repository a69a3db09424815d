using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Sends a still or a clip in pieces; the server says where to go on, so that a cut line costs one piece.</summary>
internal sealed class EvidenceUpload(UplinkOptions options, BoxIdentity identity, EvidenceStore store, IHttpClientFactory clients)
{
    private const int Piece = 512 * 1024;

    /// <exception cref="HttpRequestException">The server refused or the line broke.</exception>
    public async Task SendAsync(FindingId finding, EvidencePart part, CancellationToken stop)
    {
        var (bytes, digest) = store.Part(finding.ToString(), part);
        using var client = clients.CreateClient();
        client.BaseAddress = options.Server;
        var route = BoxRoutes.Evidence(finding.ToString(), part);
        client.DefaultRequestHeaders.Authorization = new("Bearer", identity.Token());
        using var state = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, route), stop);
        state.EnsureSuccessStatusCode();
        var offset = OffsetOf(state);
        while (offset < bytes.Length)
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, route) { Content = new ByteArrayContent(bytes, (int)offset, Math.Min(Piece, bytes.Length - (int)offset)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Headers.Add(BoxRoutes.OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(BoxRoutes.LengthHeader, bytes.Length.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(BoxRoutes.DigestHeader, digest);
            using var answer = await client.SendAsync(request, stop);
            if (answer.StatusCode != HttpStatusCode.Conflict)
                answer.EnsureSuccessStatusCode();
            var next = OffsetOf(answer);
            if (next == offset)
                throw new HttpRequestException($"The server does not take more of the {part} of finding {finding}.");
            offset = next;
        }
    }

    private static long OffsetOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(BoxRoutes.OffsetHeader, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new HttpRequestException($"The server's answer lacks {BoxRoutes.OffsetHeader}.");
}
