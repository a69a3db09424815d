using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.Contracts;

/// <summary>The current state of a camera, as its edge agent reports it.</summary>
/// <param name="State">One of <see cref="CameraStates"/>.</param>
/// <param name="Detail">
/// The reason as a sentence, without secrets. While live: which of the camera's rules are not armed and why; empty when all are.
/// </param>
public sealed record CameraHealth(CameraId Camera, string Name, string State, string Detail, DateTimeOffset Since);

/// <summary>The states of a camera.</summary>
public static class CameraStates
{
    public const string Connecting = "connecting";
    public const string Live = "live";
    public const string Refused = "refused";
    public const string Unreachable = "unreachable";
    public const string Silent = "silent";
    public const string NoVideo = "no-video";
    public const string Failed = "failed";
}

/// <summary>The hub methods that an edge agent invokes on the server.</summary>
public interface IBoxHub
{
    /// <summary>
    /// Completes when the finding is stored, which is the acknowledgement. A finding with a known id updates the stored one.
    /// </summary>
    Task ReportFinding(FindingReport finding);

    /// <summary>
    /// All cameras. Invoked after connecting, when one changes, and several times a minute: an edge agent that is silent for two minutes
    /// counts as offline.
    /// </summary>
    Task ReportCameras(IReadOnlyList<CameraHealth> cameras);

    /// <summary>
    /// The settings in force. Invoked after connecting and when they change; the server responds with an order if it has a newer one.
    /// </summary>
    Task ReportSetup(SetupReport report);

    /// <summary>The last entry of the edge agent's chain that the server has; invoked after connecting.</summary>
    Task<ChainHead> KeptChain();

    /// <summary>
    /// Entries of the edge agent's chain, as signed, in order. Completes with the last entry when they are stored; idempotent.
    /// </summary>
    Task<ChainHead> ReportChain(IReadOnlyList<string> entries);

    /// <summary>
    /// The lists of findings that the edge agent has applied since it connected. Invoked after connecting and after each list; the server
    /// resends a list that is not among them. Servers of an earlier release do not know the method, so the caller does not wait for a
    /// response.
    /// </summary>
    Task ReportTaken(TakenLists taken);
}

/// <summary>The hub methods that the server invokes on an edge agent.</summary>
public interface IBoxClient
{
    /// <summary>The camera has its first viewer, or has lost its last one.</summary>
    Task Watch(CameraId camera, bool watched);

    /// <summary>Like <see cref="Watch"/> for the public picture, which the edge agent blurs and encodes only while it is watched.</summary>
    Task WatchPublic(CameraId camera, bool watched);

    /// <summary>A user requests a span of the recordings; the edge agent puts it to <see cref="BoxRoutes.Recall"/>.</summary>
    Task Recall(RecallOrder order);

    /// <summary>Applies a setup. May arrive more than once; the revision identifies it.</summary>
    Task Setup(SetupOrder order);

    /// <summary>
    /// All findings of this edge agent that are under legal hold. Their evidence is not deleted, whatever its age and however full the disk
    /// is.
    /// </summary>
    Task Hold(IReadOnlyList<FindingId> held);

    /// <summary>
    /// The newest of this edge agent's findings that an inspector dismissed as not true. The list may be partial: a finding that is missing
    /// from it carries no information.
    /// </summary>
    Task Dismissed(IReadOnlyList<FindingId> dismissed);

    /// <summary>
    /// Findings of this edge agent whose dismissal was withdrawn: what was learnt from them is removed. Edge agents of an earlier release
    /// do not know the method.
    /// </summary>
    Task DismissalsTakenBack(IReadOnlyList<FindingId> takenBack);
}

/// <summary>Digests of the newest lists that an edge agent has applied; empty for a list that it has not applied.</summary>
/// <param name="Held">Of <see cref="IBoxClient.Hold"/>.</param>
/// <param name="Dismissed">Of <see cref="IBoxClient.Dismissed"/>.</param>
/// <param name="TakenBack">Of <see cref="IBoxClient.DismissalsTakenBack"/>.</param>
public sealed record TakenLists(string Held, string Dismissed, string TakenBack)
{
    public static TakenLists None { get; } = new("", "", "");

    /// <summary>SHA-256 of a list of findings, lower-case hex, independent of their order.</summary>
    public static string DigestOf(IEnumerable<FindingId> findings) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', findings.Select(f => f.ToString()).Order(StringComparer.Ordinal))))
        );
}

/// <summary>The end of an evidence chain.</summary>
/// <param name="Number">Number of the last entry; 0 when the chain is empty.</param>
/// <param name="Hash">SHA-256 of the last entry as signed.</param>
public sealed record ChainHead(long Number, string Hash)
{
    /// <summary>Maximum number of entries per call.</summary>
    public const int MostAtOnce = 20;
}

/// <summary>The version of a camera's picture that is shown.</summary>
public enum Rendition
{
    /// <summary>The camera's own stream, for users who were granted clear pictures.</summary>
    Clear,

    /// <summary>Small, with blurred heads, for all other users.</summary>
    Public,
}

/// <summary>Routes and headers between edge agent and server.</summary>
public static class BoxRoutes
{
    public const string Hub = "/box/hub";
    public const string Enrol = "/box/enrol";

    /// <summary>Audience of an edge agent's token.</summary>
    public const string Audience = "bright-kitchen";

    /// <summary>Offset of the next chunk of a still or clip, bytes.</summary>
    public const string OffsetHeader = "Upload-Offset";

    /// <summary>SHA-256 of the whole still or clip, lower-case hex.</summary>
    public const string DigestHeader = "Upload-Sha256";

    /// <summary>
    /// Headers of a recorded span: the number of its parts, start and end of this part, and its codec as MediaSource expects it.
    /// </summary>
    public const string PartsHeader = "Recording-Parts";
    public const string FromHeader = "Recording-From";
    public const string ToHeader = "Recording-To";
    public const string CodecHeader = "Recording-Codec";

    /// <summary>
    /// Header of a recorded span: number of gaps in this part, in which nothing is recorded. The file's timeline continues through them.
    /// </summary>
    public const string GapsHeader = "Recording-Gaps";

    /// <summary>File name of a downloaded span; includes the number of gaps if there are any.</summary>
    /// <param name="gaps">Value of <see cref="GapsHeader"/>.</param>
    public static string SpanFile(CameraId camera, DateTimeOffset from, string? gaps) =>
        $"{camera}-{from.UtcDateTime:yyyyMMdd-HHmmss}{(int.TryParse(gaps, out var count) && count > 0 ? $"-gaps-{count}" : "")}.mp4";

    /// <summary>Length of the whole still or clip, bytes.</summary>
    public const string LengthHeader = "Upload-Length";

    /// <param name="finding">A <see cref="FindingId"/>, or the route parameter.</param>
    public static string Evidence(string finding, EvidencePart part) => $"/box/findings/{finding}/{part.ToString().ToLowerInvariant()}";

    public static string LiveInit(string box, CameraId camera, Rendition rendition, long epoch) =>
        $"{Live(box, rendition)}/{camera}/{epoch}";

    public static string LiveFragment(
        string box,
        CameraId camera,
        Rendition rendition,
        long epoch,
        long number,
        bool key,
        TimeSpan duration
    ) => $"{LiveInit(box, camera, rendition, epoch)}/{number}?key={(key ? 1 : 0)}&ms={(int)Math.Round(duration.TotalMilliseconds)}";

    /// <summary>Base route for the fragments of a rendition.</summary>
    /// <param name="box">The edge agent's id, or the route parameter.</param>
    public static string Live(string box, Rendition rendition) => $"/box/{box}/{(rendition == Rendition.Clear ? "live" : "public")}";

    /// <summary>Route to which an edge agent uploads a requested part of its recordings.</summary>
    /// <param name="box">The edge agent's id, or the route parameter.</param>
    /// <param name="camera">A <see cref="CameraId"/>, or the route parameter.</param>
    /// <param name="id">Id of the <see cref="RecallOrder"/>, or the route parameter.</param>
    public static string Recall(string box, string camera, string id) => $"/box/{box}/recorded/{camera}/{id}";
}

/// <param name="Code">The one-time code that the server's page shows.</param>
/// <param name="PublicKey">The device's ECDSA P-256 public key, SubjectPublicKeyInfo in base64.</param>
public sealed record EnrolmentRequest(string Code, string PublicKey, string Name);

/// <param name="BoxId">Id of the device: an edge agent or a kiosk.</param>
public sealed record EnrolmentAnswer(string BoxId, string SiteName);

/// <summary>The newest fragments of a live stream that a viewer may fetch.</summary>
/// <param name="Epoch">Number of the stream run; a different number requires a new init segment.</param>
/// <param name="Codec">As MediaSource expects it, for example <c>avc1.64001f</c>.</param>
/// <param name="Key">Number of the newest fragment that begins with a key frame.</param>
/// <param name="Last">Number of the newest fragment.</param>
public sealed record LiveWindow(long Epoch, string Codec, long Key, long Last)
{
    /// <summary>
    /// Short-lived ticket that authorises the fragments, passed as the query parameter <c>t</c>; null when none is required.
    /// </summary>
    public string? Ticket { get; init; }
}

/// <summary>A user's request for a span of an edge agent's recordings.</summary>
/// <param name="Id">Identifies the response.</param>
/// <param name="Part">
/// Zero-based index of the part to send; a span has several when the camera's picture format changed within it. Null requests the list of
/// recorded stretches instead.
/// </param>
public sealed record RecallOrder(Guid Id, CameraId Camera, DateTimeOffset From, DateTimeOffset To, int? Part)
{
    /// <summary>
    /// Maximum length of a span that is sent at once; <see cref="LongestView"/> is the maximum for a list of recorded stretches.
    /// </summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromHours(6);
    public static readonly TimeSpan LongestView = TimeSpan.FromDays(2);
}

/// <summary>A period that an edge agent has recorded without a gap.</summary>
public sealed record RecordedStretch(DateTimeOffset From, DateTimeOffset To, long Bytes);
