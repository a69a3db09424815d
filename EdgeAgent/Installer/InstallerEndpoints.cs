using System.Net;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer.Onvif;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Training;
using BrightKitchen.EdgeAgent.Uplink;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BrightKitchen.EdgeAgent.Installer;

internal sealed record SignInRequest(string Code);

internal sealed record OnvifRequest(Uri Service, string? User, string? Password);

internal sealed record TeachRequest(string Camera, string State, float X, float Y, float Width, float Height);

internal sealed record TimeRequest(string Zone, string? ClockSource);

/// <summary>A camera as the page shows it: the password itself is never returned, only whether there is one.</summary>
internal sealed record CameraView(CameraOptions Camera, bool HasPassword, CameraHealth? Health, CameraFigures Figures, string? Codec);

internal sealed record BoxView(
    long Version,
    string TimeZone,
    string ClockSource,
    DateTimeOffset Now,
    double? ClockAheadSeconds,
    string Uplink,
    string? Site,
    string? StoreFault,
    string? RecordingFault,
    string? StorageNote,
    string? Rescued,
    string KeyFingerprint,
    long DiskFree,
    long DiskSize,
    long RecordedBytes,
    IReadOnlyList<CameraView> Cameras,
    IReadOnlyList<RuleOptions> Rules,
    IReadOnlyList<string> Kinds,
    IReadOnlyDictionary<string, string> Unsupported,
    IReadOnlyCollection<string> Unarmed,
    IReadOnlyList<ZoneStanding> Zones,
    IReadOnlyList<FindingReport> Findings
);

/// <summary>The installer's page and its API.</summary>
internal static class InstallerEndpoints
{
    private const string Root = "/installer";
    private const string Api = Root + "/api";
    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FramePatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestPackage = TimeSpan.FromDays(7);

    public static void MapInstaller(this WebApplication app, InstallerOptions options)
    {
        if (options.Port == 0)
            return;
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase),
            page =>
            {
                page.Use(Guard);
                page.UseDefaultFiles();
                page.UseStaticFiles();
            }
        );
        app.MapGet("/", (HttpContext context) => context.Request.IsHttps ? Results.Redirect(Root + "/") : Results.NotFound());
        var api = app.MapGroup(Api);
        api.MapPost("/sign-in", SignIn);
        api.MapPost("/sign-out", (HttpContext context, AdminAccess access) => access.SignOut(context.Request.Cookies[AdminAccess.Cookie]));
        api.MapGet("/state", State);
        api.MapPost("/find", async (DeviceSearch search, CancellationToken cancel) =>
            TypedResults.Ok(await search.FindAsync(SearchTime, cancel))
        );
        api.MapPost("/onvif", Streams);
        api.MapPost("/test", async (CameraOptions camera, SiteStore site, StreamTest test, CancellationToken cancel) =>
            TypedResults.Ok(await test.TryAsync(camera.WithCredentialsApart().WithKnownPassword(site.Current.Cameras), cancel))
        );
        api.MapPut("/cameras/{id}", PutCamera);
        api.MapDelete("/cameras/{id}", (CameraId id, SiteStore site) =>
            Answer(
                site.Change(s =>
                    s with
                    {
                        Cameras = [.. s.Cameras.Where(c => c.Id != id.Value)],
                        Rules = [.. s.Rules.Where(r => r.Camera != id.Value)],
                    }
                )
            )
        );
        api.MapGet("/cameras/{id}/still", Still);
        api.MapPost("/cameras/{id}/view", Results<NoContent, NotFound> (CameraId id, CameraSet cameras, CameraAnalyzers room) =>
        {
            if (!cameras.Slots.ContainsKey(id))
                return TypedResults.NotFound();
            room.ForgetView(id);
            return TypedResults.NoContent();
        });
        api.MapRecordings();
        api.MapGet("/findings/{camera}", (CameraId camera, DateTimeOffset from, DateTimeOffset to, EvidenceStore store) =>
            TypedResults.Ok(store.Since(from).Where(f => f.Camera == camera && f.OpenedAt < to).Take(500).ToList())
        );
        api.MapGet("/package", Package);
        api.MapPut("/rules", (List<RuleOptions> rules, SiteStore site) => Answer(site.Change(s => s with { Rules = rules })));
        api.MapPut("/time", (TimeRequest time, SiteStore site) =>
            Answer(site.Change(s => s with { TimeZone = time.Zone, ClockSource = time.ClockSource ?? s.ClockSource }))
        );
        api.MapPost("/back", (SiteStore site) => site.RollBack());
        api.MapPost("/zones/{name}/examples", Teach);
        api.MapDelete("/zones/{name}", async (string name, ZoneLessons lessons, CancellationToken stop) =>
        {
            if (ZoneLessons.IsName(name))
                await lessons.ForgetAsync(name, stop);
        });
    }

    // Requires an address in the local network, HTTPS, and this page's own origin.
    private static Task Guard(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
            + "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        if (!AdminAccess.IsNear(context.Connection.RemoteIpAddress))
            return Refuse(context, StatusCodes.Status403Forbidden, "This page is available only on the edge device's local network.");
        if (!context.Request.IsHttps)
            return Refuse(context, StatusCodes.Status403Forbidden, "Open this page over HTTPS.");
        // Reject foreign host names that resolve to this address (DNS rebinding).
        if (
            !IPAddress.TryParse(context.Request.Host.Host.Trim('[', ']'), out _)
            && !context.Request.Host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && !context.Request.Host.Host.Split('.')[0].Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
        )
            return Refuse(context, StatusCodes.Status403Forbidden, "Open this page at the edge device's own address.");
        var origin = context.Request.Headers.Origin.ToString();
        if (!HttpMethods.IsGet(context.Request.Method) && origin.Length > 0 && origin != $"https://{context.Request.Host}")
            return Refuse(context, StatusCodes.Status403Forbidden, "The request came from another website.");
        // Checked before any of the request body is read.
        var path = context.Request.Path;
        return
            path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase)
            && !path.Equals(Api + "/sign-in", StringComparison.OrdinalIgnoreCase)
            && !context.RequestServices.GetRequiredService<AdminAccess>().Knows(context.Request.Cookies[AdminAccess.Cookie])
            ? Refuse(context, StatusCodes.Status401Unauthorized, "Sign in with the edge device's admin code.")
            : next(context);
    }

    private static async Task Refuse(HttpContext context, int code, string why) =>
        await TypedResults.Problem(why, statusCode: code).ExecuteAsync(context);

    private static Results<NoContent, ProblemHttpResult> SignIn(SignInRequest request, HttpContext context, AdminAccess access)
    {
        if (access.SignIn(request.Code ?? "", context.Connection.RemoteIpAddress ?? IPAddress.None, out var locked) is { } token)
        {
            context.Response.Cookies.Append(
                AdminAccess.Cookie,
                token,
                new()
                {
                    HttpOnly = true,
                    Secure = true,
                    SameSite = SameSiteMode.Strict,
                    Path = "/",
                }
            );
            return TypedResults.NoContent();
        }

        return locked
            ? TypedResults.Problem("Too many wrong codes; wait ten minutes.", statusCode: StatusCodes.Status429TooManyRequests)
            : TypedResults.Problem(
                "The admin code is wrong. It is in the file admin.code in the data folder; 'EdgeAgent doctor' shows the path.",
                statusCode: StatusCodes.Status401Unauthorized
            );
    }

    private static async Task<Ok<BoxView>> State(
        SiteStore site,
        CameraSet cameras,
        CameraStatus board,
        EdgeMetrics metrics,
        AgentHealth health,
        AgentIdentity identity,
        EvidenceStore store,
        Recordings recordings,
        ZoneLessons lessons,
        AgentClock clock,
        CancellationToken cancel
    )
    {
        var settings = site.Current;
        var states = board.All.ToDictionary(c => c.Camera);
        return TypedResults.Ok(
            new BoxView(
                settings.Version,
                settings.TimeZone,
                settings.ClockSource,
                TimeZoneInfo.ConvertTime(clock.ToldNow(), settings.Zone),
                clock.Ahead?.TotalSeconds,
                health.Uplink,
                identity.Enrolment?.SiteName,
                health.StoreFault,
                health.RecordingFault,
                health.StorageNote,
                store.Rescued,
                identity.Fingerprint,
                health.DiskFree,
                health.DiskSize,
                recordings.Bytes,
                [
                    .. settings.Cameras.Select(c => new CameraView(
                        c.Redacted(),
                        c.Password is not null,
                        states.GetValueOrDefault(c.CameraId),
                        metrics.Of(c.CameraId),
                        cameras.Slots.GetValueOrDefault(c.CameraId)?.Ring.Newest?.Epoch.Codec
                    )),
                ],
                settings.Rules,
                [.. RuleKind.All.Keys],
                RuleKind.Unsupported,
                health.UnarmedRules,
                await lessons.AllAsync(cancel),
                [
                    .. store
                        .Since(clock.ToldNow().AddDays(-1))
                        .OrderByDescending(f => f.OpenedAt)
                        .Take(12)
                        .Select(f => f with { OpenedAt = TimeZoneInfo.ConvertTime(f.OpenedAt, settings.Zone) }),
                ]
            )
        );
    }

    private static async Task<Results<Ok<OnvifStreams>, ProblemHttpResult>> Streams(
        OnvifRequest request,
        OnvifDevice device,
        CancellationToken cancel
    )
    {
        try
        {
            return TypedResults.Ok(await device.StreamsAsync(request.Service, request.User, request.Password, cancel));
        }
        catch (OnvifException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status502BadGateway);
        }
    }

    private static Results<NoContent, ProblemHttpResult> PutCamera(CameraId id, CameraOptions camera, SiteStore site)
    {
        camera.Id = id.Value;
        camera = camera.WithCredentialsApart();
        return Answer(
            site.Change(s =>
            {
                var known = camera.WithKnownPassword(s.Cameras);
                return s with
                {
                    Cameras = s.Cameras.Any(c => c.Id == camera.Id)
                        ? [.. s.Cameras.Select(c => c.Id == camera.Id ? known : c)]
                        : [.. s.Cameras, known],
                };
            })
        );
    }

    private static async Task<Results<FileContentHttpResult, NotFound, ProblemHttpResult>> Still(
        CameraId id,
        CameraSet cameras,
        FrameRequests frames,
        CancellationToken cancel
    )
    {
        if (!cameras.Slots.ContainsKey(id))
            return TypedResults.NotFound();
        try
        {
            using var bgr = await frames.NextAsync(id, FramePatience, cancel);
            return TypedResults.Bytes(bgr.ImEncode(".jpg"), "image/jpeg");
        }
        catch (TimeoutException)
        {
            return TypedResults.Problem("The camera gives no picture now.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    // Evidence of a span under the edge agent's seal; './run verify' checks it on any machine.
    private static Results<FileStreamHttpResult, ProblemHttpResult> Package(
        DateTimeOffset from,
        DateTimeOffset to,
        EvidenceStore store,
        AgentIdentity identity,
        AgentFolders folders
    )
    {
        if (to <= from || to - from > LongestPackage)
            return TypedResults.Problem("Request a time range of at most one week.", statusCode: StatusCodes.Status400BadRequest);
        var file = new FileStream(
            Path.Combine(folders.Scratch, $"{Guid.NewGuid():N}.zip"),
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            1 << 16,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous
        );
        identity.Pack(file, store.Chain(from, to), (finding, part) =>
            store.Part(finding.ToString(), part == "clip.mp4" ? EvidencePart.Clip : EvidencePart.Still).Bytes
        );
        file.Position = 0;
        return TypedResults.File(file, "application/zip", $"evidence-{from.UtcDateTime:yyyyMMdd-HHmm}.zip");
    }

    private static async Task<Results<Ok<ZoneStanding>, ProblemHttpResult>> Teach(
        string name,
        TeachRequest request,
        CameraSet cameras,
        SiteStore site,
        ZoneLessons lessons,
        CancellationToken cancel
    )
    {
        if (!ZoneLessons.IsName(name) || !ZoneLessons.IsName(request.State ?? ""))
            return TypedResults.Problem(
                "Names of zones and states are 1 to 40 of a-z, 0-9 and '-'.",
                statusCode: StatusCodes.Status400BadRequest
            );
        if (!CameraId.TryParse(request.Camera, null, out var camera) || !cameras.Slots.ContainsKey(camera))
            return TypedResults.Problem("There is no such camera.", statusCode: StatusCodes.Status404NotFound);
        var region = new RectF(request.X, request.Y, request.Width, request.Height);
        if (
            !(
                region.X >= 0
                && region.Y >= 0
                && region.Width > 0.01f
                && region.Height > 0.01f
                && region.Right <= 1.001f
                && region.Bottom <= 1.001f
            )
        )
            return TypedResults.Problem("Draw the zone on the picture first.", statusCode: StatusCodes.Status400BadRequest);
        try
        {
            return TypedResults.Ok(await lessons.ShowAsync(camera, name, region, request.State!, site.Current.Rules, cancel));
        }
        catch (ModelException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (TimeoutException)
        {
            return TypedResults.Problem("The camera gives no picture now.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static Results<NoContent, ProblemHttpResult> Answer(IReadOnlyList<string> faults) =>
        faults.Count == 0
            ? TypedResults.NoContent()
            : TypedResults.Problem(string.Join(' ', faults), statusCode: StatusCodes.Status400BadRequest);
}
