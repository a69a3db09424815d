using BrightKitchen.CentralServer.Audit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;

namespace BrightKitchen.CentralServer.People;

/// <summary>Signing in and out, joining, and the language of the pages.</summary>
internal static class SignInEndpoints
{
    public const string JoinLimit = "join", SignInLimit = "sign-in";

    public static void MapPeople(this IEndpointRouteBuilder app)
    {
        app.MapPost("/sign-in", SignIn).AllowAnonymous().RequireRateLimiting(SignInLimit);
        app.MapPost("/sign-in/code", SecondFactor).AllowAnonymous().RequireRateLimiting(SignInLimit);
        app.MapPost("/join", Join).AllowAnonymous().RequireRateLimiting(JoinLimit);
        app.MapPost("/sign-out", async (SignInManager<Person> signIn) =>
        {
            await signIn.SignOutAsync();
            return TypedResults.LocalRedirect("/sign-in");
        });
        app.MapGet("/language/{culture}", Language).AllowAnonymous();
        app.MapPost("/account/totp/begin", BeginTotp);
        app.MapPost("/account/totp", ConfirmTotp);
    }

    private static async Task<IResult> SignIn([FromForm] string? name, [FromForm] string? password, [FromForm] string? returnUrl, SignInManager<Person> signIn)
    {
        var result = await signIn.PasswordSignInAsync(name ?? "", password ?? "", isPersistent: false, lockoutOnFailure: true);
        var back = Local(returnUrl);
        if (result.RequiresTwoFactor)
            return TypedResults.LocalRedirect($"/sign-in/code?returnUrl={Uri.EscapeDataString(back)}");
        return result.Succeeded
            ? TypedResults.LocalRedirect(back)
            : TypedResults.LocalRedirect($"/sign-in?fault={(result.IsLockedOut ? "locked" : "wrong")}&returnUrl={Uri.EscapeDataString(back)}");
    }

    private static async Task<IResult> SecondFactor([FromForm] string? code, [FromForm] string? returnUrl, SignInManager<Person> signIn)
    {
        var result = await signIn.TwoFactorAuthenticatorSignInAsync(Digits(code), isPersistent: false, rememberClient: false);
        var back = Local(returnUrl);
        return result.Succeeded
            ? TypedResults.LocalRedirect(back)
            : TypedResults.LocalRedirect(result.IsLockedOut ? "/sign-in?fault=locked" : $"/sign-in/code?fault=wrong&returnUrl={Uri.EscapeDataString(back)}");
    }

    private static async Task<IResult> Join([FromForm] string? code, [FromForm] string? name, [FromForm] string? password, Invitations invitations, SignInManager<Person> signIn, CancellationToken cancel)
    {
        var (person, fault) = await invitations.JoinAsync(code, name, password, cancel);
        if (person is null)
            return TypedResults.LocalRedirect($"/join?code={Uri.EscapeDataString(code ?? "")}&fault={fault}");
        await signIn.SignInAsync(person, isPersistent: true);
        return TypedResults.LocalRedirect("/");
    }

    // A key that is in use is not replaced by a form that anybody at the keyboard could send.
    private static async Task<IResult> BeginTotp([FromForm] string? begin, HttpContext http, UserManager<Person> people)
    {
        _ = begin;
        var person = await people.GetUserAsync(http.User) ?? throw new InvalidOperationException("Somebody signed in is nobody.");
        if (!person.TwoFactorEnabled)
            await people.ResetAuthenticatorKeyAsync(person);
        return TypedResults.LocalRedirect("/account");
    }

    // The page showed the key; whoever types a code of it has it on a device.
    private static async Task<IResult> ConfirmTotp([FromForm] string? code, HttpContext http, UserManager<Person> people, SignInManager<Person> signIn, AuditLog audit, CancellationToken cancel)
    {
        var person = await people.GetUserAsync(http.User) ?? throw new InvalidOperationException("Somebody signed in is nobody.");
        if (!await people.VerifyTwoFactorTokenAsync(person, people.Options.Tokens.AuthenticatorTokenProvider, Digits(code)))
            return TypedResults.LocalRedirect("/account?fault=wrong");
        await people.SetTwoFactorEnabledAsync(person, true);
        await audit.WriteAsync([new(person.Id, AuditActions.SignIn, null, $"person/{person.Id}", "second factor set up")], cancel);
        await signIn.RefreshSignInAsync(person);
        return TypedResults.LocalRedirect("/account");
    }

    private static string Digits(string? code) => new([.. (code ?? "").Where(char.IsAsciiDigit).Take(10)]);

    private static RedirectHttpResult Language(string culture, string? returnUrl, HttpContext http)
    {
        if (culture is "zh-CN" or "en")
        {
            http.Response.Cookies.Append(CookieRequestCultureProvider.DefaultCookieName, CookieRequestCultureProvider.MakeCookieValue(new(culture)),
                new CookieOptions { MaxAge = TimeSpan.FromDays(365), SameSite = SameSiteMode.Lax, HttpOnly = true, Secure = http.Request.IsHttps, IsEssential = true });
        }

        return TypedResults.LocalRedirect(Local(returnUrl));
    }

    private static string Local(string? url) => url is ['/', ..] and not ['/', '/' or '\\', ..] ? url : "/";
}
