using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.Contracts;

/// <summary>A camera as its box sees it now.</summary>
/// <param name="State">One of <see cref="CameraStates"/>.</param>
/// <param name="Detail">Why, in words without secrets; while live, which of its rules are not armed and why, empty where all are.</param>
public sealed record CameraHealth(CameraId Camera, string Name, string State, string Detail, DateTimeOffset Since);

/// <summary>The states a camera can be in.</summary>
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

/// <summary>What a box may call on the server.</summary>
public interface IBoxHub
{
    /// <summary>Returns once the finding is stored; the same id again updates it. The return is the acknowledgement.</summary>
    Task ReportFinding(FindingReport finding);

    /// <summary>
    /// All cameras, after connecting, whenever one changes, and a few times a minute: a box that tells nothing for two minutes is taken to
    /// be away.
    /// </summary>
    Task ReportCameras(IReadOnlyList<CameraHealth> cameras);

    /// <summary>What the box works by, after connecting and whenever it changes; the server answers with an order that is newer.</summary>
    Task ReportSetup(SetupReport report);

    /// <summary>The last entry of the box's chain that the server has; asked after connecting.</summary>
    Task<ChainHead> KeptChain();

    /// <summary>
    /// Entries of the box's chain as they were signed, in order. Returns once they are stored, with the last one; the same entry again
    /// changes nothing.
    /// </summary>
    Task<ChainHead> ReportChain(IReadOnlyList<string> entries);

    /// <summary>
    /// Which lists of findings the device has taken since it connected, after connecting and after each of them: what the server does not
    /// find among them it sends again. Servers of an earlier release do not know the call, so that no answer is waited for.
    /// </summary>
    Task ReportTaken(TakenLists taken);
}

/// <summary>What the server may call on a box.</summary>
public interface IBoxClient
{
    /// <summary>Somebody watches this camera, or nobody does any more.</summary>
    Task Watch(CameraId camera, bool watched);

    /// <summary>The same of its public picture, which the box blurs and encodes only meanwhile.</summary>
    Task WatchPublic(CameraId camera, bool watched);

    /// <summary>Somebody wants to see a stretch of the recordings: it is put to <see cref="BoxRoutes.Recall"/>.</summary>
    Task Recall(RecallOrder order);

    /// <summary>Work by this from now on. It may come twice; the revision tells.</summary>
    Task Setup(SetupOrder order);

    /// <summary>All findings of this box that are held by law; their evidence stays, however old and however full the disk.</summary>
    Task Hold(IReadOnlyList<FindingId> held);

    /// <summary>
    /// The newest of this device's findings that an inspector dismissed: what the cameras reported was not so. The list may be partial: one
    /// that is missing says nothing.
    /// </summary>
    Task Dismissed(IReadOnlyList<FindingId> dismissed);

    /// <summary>
    /// Findings of this device that were dismissed once and are not any more: what was learnt from them goes. Devices of an earlier release
    /// do not know the call.
    /// </summary>
    Task DismissalsTakenBack(IReadOnlyList<FindingId> takenBack);
}

/// <summary>Digests of the newest lists that a device has taken, each empty where it has taken none.</summary>
/// <param name="Held">Of <see cref="IBoxClient.Hold"/>.</param>
/// <param name="Dismissed">Of <see cref="IBoxClient.Dismissed"/>.</param>
/// <param name="TakenBack">Of <see cref="IBoxClient.DismissalsTakenBack"/>.</param>
public sealed record TakenLists(string Held, string Dismissed, string TakenBack)
{
    public static TakenLists None { get; } = new("", "", "");

    /// <summary>SHA-256 of a list of findings, hexadecimal, whatever their order.</summary>
    public static string DigestOf(IEnumerable<FindingId> findings) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', findings.Select(f => f.ToString()).Order(StringComparer.Ordinal))))
        );
}

/// <summary>The end of a chain of evidence.</summary>
/// <param name="Number">0 where there is no entry.</param>
/// <param name="Hash">Of the last entry as it was signed.</param>
public sealed record ChainHead(long Number, string Hash)
{
    /// <summary>The most entries that are told at once.</summary>
    public const int MostAtOnce = 20;
}

/// <summary>What of a camera is shown.</summary>
public enum Rendition
{
    /// <summary>The camera's own stream, for who was granted clear pictures.</summary>
    Clear,

    /// <summary>Small, with heads blurred, for everybody else.</summary>
    Public,
}

/// <summary>Where a box and the server meet.</summary>
public static class BoxRoutes
{
    public const string Hub = "/box/hub";
    public const string Enrol = "/box/enrol";

    /// <summary>The audience of a box's token.</summary>
    public const string Audience = "bright-kitchen";

    /// <summary>What is asked of a clip's next piece: where it begins.</summary>
    public const string OffsetHeader = "Upload-Offset";

    /// <summary>The SHA-256 of the whole part, hexadecimal.</summary>
    public const string DigestHeader = "Upload-Sha256";

    /// <summary>Of a recorded span: how many parts it has, from when to when this one is, and its codec as MediaSource wants it.</summary>
    public const string PartsHeader = "Recording-Parts";
    public const string FromHeader = "Recording-From";
    public const string ToHeader = "Recording-To";
    public const string CodecHeader = "Recording-Codec";

    /// <summary>
    /// Of a recorded span: how many gaps this part has, in which nothing is recorded; the file's time goes on through them.
    /// </summary>
    public const string GapsHeader = "Recording-Gaps";

    /// <summary>What a downloaded span is called; its name says that it has gaps.</summary>
    /// <param name="gaps">As <see cref="GapsHeader"/> says.</param>
    public static string SpanFile(CameraId camera, DateTimeOffset from, string? gaps) =>
        $"{camera}-{from.UtcDateTime:yyyyMMdd-HHmmss}{(int.TryParse(gaps, out var count) && count > 0 ? $"-gaps-{count}" : "")}.mp4";

    /// <summary>The length of the whole part in bytes.</summary>
    public const string LengthHeader = "Upload-Length";

    /// <param name="finding">A <see cref="FindingId"/>, or the route's parameter.</param>
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

    /// <summary>Where fragments of a rendition go.</summary>
    /// <param name="box">The box's id, or the route's parameter.</param>
    public static string Live(string box, Rendition rendition) => $"/box/{box}/{(rendition == Rendition.Clear ? "live" : "public")}";

    /// <summary>Where a box puts what it was asked of its recordings.</summary>
    /// <param name="box">The box's id, or the route's parameter.</param>
    /// <param name="camera">A <see cref="CameraId"/>, or the route's parameter.</param>
    /// <param name="id">Of the <see cref="RecallOrder"/>, or the route's parameter.</param>
    public static string Recall(string box, string camera, string id) => $"/box/{box}/recorded/{camera}/{id}";
}

/// <param name="Code">The one-time code that the server's page shows.</param>
/// <param name="PublicKey">The box's ECDSA P-256 key, SubjectPublicKeyInfo in base64.</param>
public sealed record EnrolmentRequest(string Code, string PublicKey, string Name);

/// <param name="BoxId">The device's, a box's or a kiosk's.</param>
public sealed record EnrolmentAnswer(string BoxId, string SiteName);

/// <summary>The newest fragments of a live stream that a viewer may fetch.</summary>
/// <param name="Epoch">Another number means another stream: start anew with its own init segment.</param>
/// <param name="Codec">As MediaSource wants it, such as <c>avc1.64001f</c>.</param>
/// <param name="Key">The newest fragment that begins with a key frame.</param>
/// <param name="Last">The newest fragment.</param>
public sealed record LiveWindow(long Epoch, string Codec, long Key, long Last)
{
    /// <summary>
    /// What opens the fragments for a while, as the parameter <c>t</c> of their addresses; null where nothing is asked for.
    /// </summary>
    public string? Ticket { get; init; }
}

/// <summary>What somebody wants to see of a box's recordings.</summary>
/// <param name="Id">Names the answer.</param>
/// <param name="Part">Of a span: which part, from 0, where the camera's picture changed within; null asks which stretches are
/// recorded.</param>
public sealed record RecallOrder(Guid Id, CameraId Camera, DateTimeOffset From, DateTimeOffset To, int? Part)
{
    /// <summary>The longest span that is sent at once, and the longest that stretches are told of.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromHours(6);
    public static readonly TimeSpan LongestView = TimeSpan.FromDays(2);
}

/// <summary>A stretch of time without a gap that a box has recorded.</summary>
public sealed record RecordedStretch(DateTimeOffset From, DateTimeOffset To, long Bytes);
