using System.Globalization;
using System.Security.Claims;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Session lifetime by role. Officials' sessions end after an idle time and after a fixed maximum; parents' sessions survive closing the
/// browser.
/// </summary>
internal sealed class Sessions(IOptions<SignInOptions> options, TimeProvider time)
{
    private const string Began = "began";

    /// <summary>Sets the lifetime of a new session; a renewed one keeps its lifetime.</summary>
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

    /// <summary>Ends an official's session at its fixed maximum, then validates the session against the database.</summary>
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
    /// Copies the authentication method from the old principal to the refreshed one, only for the same person: the validator builds the new
    /// principal from the database, which does not record how this session signed in. The old principal comes from the encrypted cookie.
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

    // Sessions issued by an older version lack the start time; the cookie's issue time replaces it. It is written into the cookie, because
    // each renewal resets the issue time and the session would otherwise never end.
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
