using System.Globalization;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Records;
using BrightKitchen.KioskUI.Box;
using BrightKitchen.KioskUI.Link;
using BrightKitchen.KioskUI.Store;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.KioskUI.Staff;

internal sealed record StaffEntered(string Key);

internal sealed record StaffRefused(string Text, int WaitSeconds);

/// <summary>What the page draws over the picture, and whether it continues.</summary>
/// <param name="Marks">By item that must be worn: <c>yes</c>, <c>no</c> or <c>unsure</c>.</param>
/// <param name="Picture">JPEG in base64 when the camera is the edge agent's; null otherwise.</param>
internal sealed record CheckAnswer(
    IReadOnlyDictionary<string, string> Marks,
    bool AllSet,
    string Hint,
    IReadOnlyList<SeenBox> Boxes,
    string? Picture
);

/// <summary>
/// Endpoints for staff at the screen. Most responses are fragments of the page. Every request after sign-in carries the session key in a
/// header, so that the browser stores nothing.
/// </summary>
internal static partial class StaffEndpoints
{
    public const string KeyHeader = "Kiosk-Session";
    private const int LargestPicture = 2 << 20;
    private const string Corrects = "corrects";
    private const string WrongBadge = "kiosk.wrong-badge";
    private static readonly object Key = new();

    public static void AddStaff(this IServiceCollection services, CheckOptions check) =>
        services.AddSingleton<StaffSessions>().AddSingleton(check);

    public static void MapStaff(this IEndpointRouteBuilder app)
    {
        var door = app.MapGroup("/staff").DisableAntiforgery();
        door.MapGet("/enter", () => new RazorComponentResult<EnterPanel>());
        door.MapPost("/pin", ([FromForm] string? pin, StaffSessions sessions, IStringLocalizer<Words> words) =>
            Answer(sessions.ByPin(pin), "kiosk.wrong-pin", sessions, words)
        );
        door.MapPost("/badge-text", ([FromForm] string? code, StaffSessions sessions, IStringLocalizer<Words> words) =>
            Answer(sessions.ByBadge(code?.Trim()), WrongBadge, sessions, words)
        );
        door.MapPost("/badge", Badge);
        door.MapPost("/leave", (HttpContext http, StaffSessions sessions) => sessions.End(http.Request.Headers[KeyHeader]));

        var inside = door.MapGroup("")
            .AddEndpointFilter(
                async (context, next) =>
                {
                    if (
                        context
                            .HttpContext.RequestServices.GetRequiredService<StaffSessions>()
                            .Find(context.HttpContext.Request.Headers[KeyHeader])
                        is not { } session
                    )
                        return TypedResults.StatusCode(StatusCodes.Status401Unauthorized);
                    context.HttpContext.Items[Key] = session;
                    context.HttpContext.Response.Headers.CacheControl = "no-store";
                    try
                    {
                        return await next(context);
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException && !context.HttpContext.Response.HasStarted)
                    {
                        var services = context.HttpContext.RequestServices;
                        services.GetRequiredService<ILogger<StaffSessions>>().NotKept(e.Message);
                        return Done(context.HttpContext, services.GetRequiredService<IStringLocalizer<Words>>()["done.disk"], bad: true);
                    }
                }
            );
        inside.MapGet("/home", (HttpContext http) => Panel<HomePanel>(http));
        inside.MapGet("/check", (HttpContext http) => Panel<CheckPanel>(http));
        inside.MapPost("/check/look", Look);
        inside.MapGet("/check/questions", (HttpContext http) => Panel<QuestionsPanel>(http));
        inside.MapPost("/check", Check);
        inside.MapGet("/alerts", (HttpContext http) => Panel<AlertsPanel>(http));
        inside.MapGet("/alerts/{id}/{part:regex(^(clip|still)$)}", (FindingId id, string part, KitchenBox box, HttpContext http) =>
            box.PassAsync($"/local/findings/{id}/{part}", http)
        );
        inside.MapPost("/alerts/{id}", AnswerAlert);
        inside.MapGet("/records", (HttpContext http) => Panel<RecordsPanel>(http));
        inside.MapGet("/records/{kind}", Results<RazorComponentResult<RecordPanel>, NotFound> (string kind, HttpContext http) =>
            IsForm(kind) ? Form(http, kind, null, null) : TypedResults.NotFound()
        );
        inside.MapPost("/records/{kind}", Keep);
        inside.MapGet("/refused/{id}", Correct);
        inside.MapPost("/refused/{id}/discard", (string id, HttpContext http, KioskStore store, KioskClock clock) =>
        {
            store.Resolve(id, clock.Now);
            return Panel<RecordsPanel>(http);
        });
    }

    private static StaffSession SessionOf(HttpContext http) => (StaffSession)http.Items[Key]!;

    private static RazorComponentResult<T> Panel<T>(HttpContext http)
        where T : Microsoft.AspNetCore.Components.IComponent => new(new { Session = SessionOf(http) });

    // Kinds with a generic form; the morning check and answers have their own panels.
    private static bool IsForm(string kind) =>
        kind is not (MorningCheck.Kind or KioskEntry.Answer) && RecordDefinitions.AtKiosk(kind) is not null;

    /// <param name="values">Initial values of the form; null for a new record's defaults.</param>
    private static RazorComponentResult<RecordPanel> Form(
        HttpContext http,
        string kind,
        IReadOnlyDictionary<string, string>? values,
        string? fault,
        string? corrects = null
    ) =>
        new(
            new
            {
                Session = SessionOf(http),
                Kind = kind,
                Values = values,
                Fault = fault,
                Corrects = corrects,
            }
        );

    // Opens a refused entry in the form in which it was entered.
    private static IResult Correct(string id, HttpContext http, KioskStore store, IStringLocalizer<Words> words) =>
        store.FindRefused(id) switch
        {
            null => Panel<RecordsPanel>(http),
            { Entry.Kind: MorningCheck.Kind } => Panel<CheckPanel>(http),
            { Entry.Kind: KioskEntry.Answer } => Panel<AlertsPanel>(http),
            { } refused when IsForm(refused.Entry.Kind) => Form(
                http,
                refused.Entry.Kind,
                refused.Entry.Values,
                words.Refusal(refused.Entry.Kind, refused.Fault!),
                id
            ),
            _ => Panel<RecordsPanel>(http),
        };

    private static RazorComponentResult<DonePanel> Done(HttpContext http, string text, bool bad = false, string? detail = null) =>
        new(
            new
            {
                Session = SessionOf(http),
                Text = text,
                Bad = bad,
                Detail = detail,
            }
        );

    private static Results<Ok<StaffEntered>, JsonHttpResult<StaffRefused>> Answer(
        string? key,
        string wrong,
        StaffSessions sessions,
        IStringLocalizer<Words> words
    )
    {
        if (key is not null)
            return TypedResults.Ok(new StaffEntered(key));
        var wait = wrong == WrongBadge ? 0 : (int)Math.Ceiling(sessions.Locked.TotalSeconds);
        return TypedResults.Json(
            new StaffRefused(wait > 0 ? words["kiosk.locked", wait] : words[wrong], wait),
            statusCode: wait > 0 ? StatusCodes.Status429TooManyRequests : StatusCodes.Status403Forbidden
        );
    }

    // Looks for a badge in a picture of the lobby; 204 while there is none.
    private static async Task<IResult> Badge(
        HttpContext http,
        KitchenBox box,
        StaffSessions sessions,
        IStringLocalizer<Words> words,
        CheckOptions check,
        CancellationToken cancel
    )
    {
        if (await PictureAsync(http, check, cancel) is not { } picture)
            return TypedResults.BadRequest();
        return
            (await box.LookAsync(picture, check.Camera, "badge", code: true, cancel))?.Code is { } code
            && code.StartsWith(KioskKeys.BadgeBefore, StringComparison.Ordinal)
            ? Answer(sessions.ByBadge(code), WrongBadge, sessions, words)
            : TypedResults.NoContent();
    }

    private static async Task<Results<Ok<CheckAnswer>, BadRequest, StatusCodeHttpResult>> Look(
        HttpContext http,
        KitchenBox box,
        CheckOptions check,
        IStringLocalizer<Words> words,
        KioskClock clock,
        CancellationToken cancel
    )
    {
        if (await PictureAsync(http, check, cancel) is not { } picture)
            return TypedResults.BadRequest();
        var session = SessionOf(http);
        if (await box.LookAsync(picture, check.Camera, $"check-{session.Who.Id}", code: false, cancel) is not { } look)
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        var worn = session.Worn = WornLook.Of(look.Seen, clock.Now, look.Picture ?? picture);
        var missing = check.Needed.FirstOrDefault(n => worn[n] == false) ?? check.Needed.FirstOrDefault(n => worn[n] is null);
        return TypedResults.Ok(
            new CheckAnswer(
                check.Needed.ToDictionary(
                    n => n,
                    n =>
                        worn[n] switch
                        {
                            true => "yes",
                            false => "no",
                            _ => "unsure",
                        }
                ),
                missing is null,
                missing is null ? words["check.all-set"] : words[$"check.{missing}.{(worn[missing] == false ? "missing" : "unseen")}"],
                worn.Boxes,
                look.Picture is null ? null : Convert.ToBase64String(look.Picture)
            )
        );
    }

    private static RazorComponentResult<DonePanel> Check(
        IFormCollection form,
        HttpContext http,
        KioskStore store,
        KitchenDay day,
        LinkState link,
        CheckOptions check,
        KioskClock clock,
        IStringLocalizer<Words> words
    )
    {
        var (session, now, symptoms) = (SessionOf(http), clock.Now, form["symptoms"].OfType<string>().ToList());
        var celsius = double.TryParse(form["celsius"], NumberStyles.Float, CultureInfo.InvariantCulture, out var read) ? read : double.NaN;
        if (double.IsNaN(celsius) || session.Worn is not { } worn || now - worn.At > TimeSpan.FromMinutes(5))
            return Done(http, words["check.again"], bad: true);
        // What is worn comes from the camera, not from the request.
        var values = new Dictionary<string, string>
        {
            [MorningCheck.Celsius] = celsius.ToString("0.0", CultureInfo.InvariantCulture),
            [MorningCheck.HandsWashed] = form["hands"] == "yes" ? "yes" : "no",
        };
        foreach (var what in check.Needed)
            values[what] = worn[what] == true ? "yes" : "no";
        if (symptoms.Count > 0)
            values[MorningCheck.Symptoms] = string.Join("、", symptoms);
        if (Enter(store, session, MorningCheck.Kind, values, worn.Picture, null, now) is { } fault)
            return Done(http, words.Refusal(MorningCheck.Kind, fault), bad: true);
        // This check replaces the same person's refused ones.
        foreach (var refused in store.Refused().Where(r => r.Entry.Kind == MorningCheck.Kind && r.Entry.StaffId == session.Who.Id))
            store.Resolve(refused.Entry.Id, now);
        var certified = session.Who.CertificateUntil >= day.Now().Today;
        var fit = MorningCheck.IsFit(values, certified);
        var why =
            (certified ? "" : words["check.unfit-certificate"] + " ") + words[link.Online ? "check.unfit-why" : "check.unfit-offline"];
        return Done(http, words[fit ? "check.fit" : "check.unfit"], bad: !fit, detail: fit ? null : why);
    }

    private static RazorComponentResult<DonePanel> AnswerAlert(
        FindingId id,
        [FromForm] string? text,
        HttpContext http,
        KioskStore store,
        KioskClock clock,
        IStringLocalizer<Words> words
    )
    {
        if (
            Enter(store, SessionOf(http), KioskEntry.Answer, new() { [RecordDefinitions.AnswerText] = text ?? "" }, null, id, clock.Now) is
            { } fault
        )
            return Done(http, words.Refusal(KioskEntry.Answer, fault), bad: true);
        return Done(http, words["alerts.kept"]);
    }

    private static async Task<IResult> Keep(
        string kind,
        IFormCollection form,
        HttpContext http,
        KioskStore store,
        KioskClock clock,
        IStringLocalizer<Words> words,
        CancellationToken cancel
    )
    {
        if (!IsForm(kind))
            return TypedResults.NotFound();
        var values = RecordDefinition.Clean(
            form.Where(f => f.Key.StartsWith("v.", StringComparison.Ordinal))
                .Select(f => KeyValuePair.Create(f.Key[2..], string.Join("、", f.Value.Where(v => !string.IsNullOrWhiteSpace(v)))))
        );
        var (session, now) = (SessionOf(http), clock.Now);
        var old = form[Corrects].ToString() is { Length: > 0 } id ? store.FindRefused(id) : null;
        var picture = await PictureOfAsync(form.Files["picture"], cancel);
        if (picture is { Length: 0 })
            return Form(http, kind, values, words["fault.picture"], old?.Entry.Id);
        // A correction retains the picture and the time of the original, unless the server refused exactly that.
        if (old is { Fault: not "picture", Entry.Picture: { } before })
            picture ??= store.Picture(before);
        var at = old is { Fault: not "time" } ? old.Entry.At : now;
        if (Enter(store, session, kind, values, picture, null, at, old?.Entry.Id) is { } fault)
            return Form(http, kind, values, words.Refusal(kind, fault), old?.Entry.Id);
        return Done(http, words["records.kept"]);
    }

    // Empty when the picture is too large or in an unsupported format; null when the form has none.
    private static async Task<byte[]?> PictureOfAsync(IFormFile? file, CancellationToken cancel)
    {
        if (file is not { Length: > 0 })
            return null;
        if (file.Length > LargestPicture)
            return [];
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, cancel);
        var picture = bytes.ToArray();
        return PictureFormat.Accepts(picture) ? picture : [];
    }

    // Stores the entry on disk before responding. Validates by the server's rules and returns the server's error code.
    private static string? Enter(
        KioskStore store,
        StaffSession session,
        string kind,
        Dictionary<string, string> values,
        byte[]? picture,
        FindingId? finding,
        DateTimeOffset at,
        string? corrects = null
    )
    {
        var definition = RecordDefinitions.AtKiosk(kind) ?? throw new InvalidOperationException($"'{kind}' is not entered at a kiosk.");
        values = RecordDefinition.Clean(values);
        // Only for validation: the server adds this field itself, from the entry's StaffId.
        var whole = kind == MorningCheck.Kind ? new Dictionary<string, string>(values) { [MorningCheck.Staff] = session.Who.Id } : values;
        if (definition.Check(whole) is { } refused)
            return refused.Code;
        var digest = picture is null ? null : Convert.ToHexStringLower(SHA256.HashData(picture));
        store.Enter(new(Guid.CreateVersion7(at).ToString("N"), kind, at, session.Who.Id, values, digest, finding), picture, corrects);
        return null;
    }

    [LoggerMessage(LogLevel.Error, "An entry was not stored: {Reason}")]
    private static partial void NotKept(this ILogger logger, string reason);

    // Empty when the edge agent's own camera is used.
    private static async Task<byte[]?> PictureAsync(HttpContext http, CheckOptions check, CancellationToken cancel)
    {
        if (check.Camera.Length > 0)
            return [];
        if (http.Request.ContentLength is not (> 0 and <= LargestPicture))
            return null;
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, cancel);
        return bytes.ToArray();
    }
}
