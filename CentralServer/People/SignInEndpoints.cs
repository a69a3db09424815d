using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;

namespace BrightKitchen.CentralServer.People;

/// <summary>Sign-in, sign-out, parents' registration, TOTP setup and the language of the pages.</summary>
internal static class SignInEndpoints
{
    public const string JoinLimit = "join";
    public const string SignInLimit = "sign-in";

    public static void MapPeople(this IEndpointRouteBuilder app)
    {
        app.MapPost("/sign-in", SignIn).AllowAnonymous().RequireRateLimiting(SignInLimit);
        app.MapPost("/sign-in/code", SecondFactor).AllowAnonymous().RequireRateLimiting(SignInLimit);
        app.MapPost("/join", Join).AllowAnonymous().RequireRateLimiting(JoinLimit);
        app.MapPost("/sign-out", SignOut);
        app.MapGet("/language/{culture}", Language).AllowAnonymous();
        app.MapPost("/account/totp/begin", BeginTotp);
        app.MapPost("/account/totp", ConfirmTotp).RequireRateLimiting(SignInLimit);
        PeopleEndpoints.Map(app);
    }

    private static async Task<IResult> SignIn(
        [FromForm] string? name,
        [FromForm] string? password,
        [FromForm] string? returnUrl,
        HttpContext http,
        SignInWithPassword signIn,
        CancellationToken cancel
    )
    {
        var back = Local(returnUrl);
        return await signIn.TryAsync(http, name, password, cancel) switch
        {
            SignInWithPassword.NeedsCode => TypedResults.LocalRedirect($"/sign-in/code?returnUrl={Uri.EscapeDataString(back)}"),
            { } fault => TypedResults.LocalRedirect($"/sign-in?fault={fault}&returnUrl={Uri.EscapeDataString(back)}"),
            null => TypedResults.LocalRedirect(back),
        };
    }

    // The form field is unused; it makes the endpoint require an antiforgery token, which another site's form lacks.
    private static async Task<RedirectHttpResult> SignOut([FromForm] string? confirm, SignInManager<Person> signIn)
    {
        _ = confirm;
        await signIn.SignOutAsync();
        return TypedResults.LocalRedirect("/sign-in");
    }

    private static async Task<IResult> SecondFactor(
        [FromForm] string? code,
        [FromForm] string? returnUrl,
        HttpContext http,
        SignInManager<Person> signIn,
        SignInJournal journal,
        UserManager<Person> people,
        CancellationToken cancel
    )
    {
        var person = await signIn.GetTwoFactorAuthenticationUserAsync();
        // Parents are not named in the audit log: an entry just before a report would identify the report's author.
        var parent = person is not null && await people.IsInRoleAsync(person, Roles.Parent);
        var result = await signIn.TwoFactorAuthenticatorSignInAsync(Digits(code), isPersistent: false, rememberClient: false);
        var (back, address) = (Local(returnUrl), Caller.AddressOf(http));
        if (result.Succeeded && !parent)
            await journal.SucceededAsync(person!, address, secondFactor: true, cancel);
        else if (!result.Succeeded && person is not null)
            journal.Count(parent ? SignInJournal.Others : person.Id, address);
        return result.Succeeded
            ? TypedResults.LocalRedirect(back)
            : TypedResults.LocalRedirect(
                result.IsLockedOut || person is null
                    ? $"/sign-in?fault={(person is null ? "again" : "locked")}"
                    : $"/sign-in/code?fault=wrong&returnUrl={Uri.EscapeDataString(back)}"
            );
    }

    private static async Task<IResult> Join(
        [FromForm] string? code,
        [FromForm] string? name,
        [FromForm] string? displayName,
        [FromForm] string? password,
        Invitations invitations,
        SignInManager<Person> signIn,
        CancellationToken cancel
    )
    {
        var (person, fault) = await invitations.JoinAsync(code, name, displayName, password, cancel);
        if (person is null)
            return new FormFaultResult("/join", fault!);
        await signIn.SignInAsync(person, isPersistent: true);
        return TypedResults.LocalRedirect("/");
    }

    // Does not replace an active key: otherwise anyone at an unlocked browser could replace it.
    private static async Task<IResult> BeginTotp(
        [FromForm] string? begin,
        HttpContext http,
        UserManager<Person> people,
        SignInManager<Person> signIn
    )
    {
        _ = begin;
        var person = await people.GetUserAsync(http.User) ?? throw new InvalidOperationException("The signed-in user has no account.");
        if (!person.TwoFactorEnabled)
        {
            await people.ResetAuthenticatorKeyAsync(person);
            // A new key changes the security stamp, which ends the person's other sessions; the current session is refreshed.
            await signIn.RefreshSignInAsync(person);
        }

        return TypedResults.LocalRedirect("/account");
    }

    // The page showed the key; a valid code proves that the person's authenticator app has it.
    private static async Task<IResult> ConfirmTotp(
        [FromForm] string? code,
        HttpContext http,
        UserManager<Person> people,
        SignInManager<Person> signIn,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        var person = await people.GetUserAsync(http.User) ?? throw new InvalidOperationException("The signed-in user has no account.");
        if (!await people.VerifyTwoFactorTokenAsync(person, people.Options.Tokens.AuthenticatorTokenProvider, Digits(code)))
            return TypedResults.LocalRedirect("/account?fault=wrong");
        await people.SetTwoFactorEnabledAsync(person, true);
        if (!await people.IsInRoleAsync(person, Roles.Parent))
            await audit.WriteAsync([new(person.Id, AuditActions.SignIn, null, $"person/{person.Id}", "second factor set up")], cancel);
        // The code proves the second factor, so the current session counts as signed in with it.
        await signIn.SignInWithClaimsAsync(
            person,
            new AuthenticationProperties(),
            [new(SecondFactorHandler.Method, SecondFactorHandler.Multiple)]
        );
        return TypedResults.LocalRedirect("/account");
    }

    private static string Digits(string? code) => new([.. (code ?? "").Where(char.IsAsciiDigit).Take(10)]);

    private static RedirectHttpResult Language(string culture, string? returnUrl, HttpContext http)
    {
        if (culture is "zh-CN" or "en")
        {
            http.Response.Cookies.Append(
                CookieRequestCultureProvider.DefaultCookieName,
                CookieRequestCultureProvider.MakeCookieValue(new(culture)),
                new CookieOptions
                {
                    MaxAge = TimeSpan.FromDays(365),
                    SameSite = SameSiteMode.Lax,
                    HttpOnly = true,
                    Secure = http.Request.IsHttps,
                    IsEssential = true,
                }
            );
        }

        return TypedResults.LocalRedirect(Local(returnUrl));
    }

    private static string Local(string? url) => url is ['/', ..] and not ['/', '/' or '\\', ..] && !url.Any(char.IsControl) ? url : "/";
}
