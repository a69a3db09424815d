using System.Globalization;
using System.Security.Claims;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// How long a signed-in session lasts, by role. Officials end after a time without requests and after a fixed time; parents stay signed in
/// when the browser closes.
/// </summary>
internal sealed class Sessions(IOptions<SignInOptions> options, TimeProvider time)
{
    private const string Began = "began";

    /// <summary>Sets the lifetime of a session that begins; one that is issued again keeps its own.</summary>
    public Task BeginAsync(CookieSigningInContext context)
    {
        if (context.Principal is not { } person || context.Properties.Items.ContainsKey(Began))
            return Task.CompletedTask;
        var (now, limits) = (time.GetUtcNow(), options.Value);
        var official = SecondFactorHandler.IsOfficial(person);
        var parent = !official && person.IsInRole(Roles.Parent);
        context.Properties.Items[Began] = now.ToString("O", CultureInfo.InvariantCulture);
        context.Properties.IssuedUtc = now;
        context.Properties.ExpiresUtc =
            now
            + (
                official ? limits.OfficialsIdle
                : parent ? limits.ParentsStay
                : limits.StaffIdle
            );
        context.Properties.IsPersistent = parent;
        return Task.CompletedTask;
    }

    /// <summary>Ends an official's session at its fixed limit; then compares the session with the database.</summary>
    public async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        if (
            context.Principal is { } person
            && SecondFactorHandler.IsOfficial(person)
            && time.GetUtcNow() - BeganAt(context) >= options.Value.OfficialsAtMost
        )
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
            return;
        }

        await SecurityStampValidator.ValidatePrincipalAsync(context);
    }

    /// <summary>
    /// The validator builds a person's principal from the database, which does not know how this session signed in. That is taken over from
    /// the old principal, which came from the encrypted cookie, and only for the same person.
    /// </summary>
    public static Task KeepMethodAsync(SecurityStampRefreshingPrincipalContext context)
    {
        if (
            context.CurrentPrincipal is { } old
            && context.NewPrincipal?.Identity is ClaimsIdentity identity
            && old.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
            && identity.FindFirst(ClaimTypes.NameIdentifier)?.Value == id
        )
        {
            foreach (var method in old.FindAll(SecondFactorHandler.Method))
            {
                if (!identity.HasClaim(SecondFactorHandler.Method, method.Value))
                    identity.AddClaim(new(SecondFactorHandler.Method, method.Value));
            }
        }

        return Task.CompletedTask;
    }

    // A session of an older version does not say it: then it began when its cookie was issued. That is written into the cookie, as every
    // renewal issues it again, and the session would have no end.
    private DateTimeOffset BeganAt(CookieValidatePrincipalContext context)
    {
        var properties = context.Properties;
        if (
            properties.Items.TryGetValue(Began, out var text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var began)
        )
            return began;
        began = properties.IssuedUtc ?? time.GetUtcNow();
        properties.Items[Began] = began.ToString("O", CultureInfo.InvariantCulture);
        context.ShouldRenew = true;
        return began;
    }
}
