using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Marks a browser in which a person has signed in, by an encrypted cookie ("device cookie"). The cookie grants no access: it only prevents
/// wrong passwords entered elsewhere from blocking sign-in in this browser.
/// </summary>
internal sealed class KnownDevice(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Cookie = "device";
    private static readonly TimeSpan Life = TimeSpan.FromDays(400);
    private readonly IDataProtector protector = protection.CreateProtector("known device");

    /// <summary>The identifier in the browser's cookie; null if the browser is not marked for this person.</summary>
    public string? Of(HttpContext http, string personId)
    {
        if (http.Request.Cookies[Cookie] is not { Length: > 0 and < 1000 } cookie)
            return null;
        try
        {
            return protector.Unprotect(cookie).Split(' ') is [var person, var device] && person == personId ? device : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Marks the browser for this person; called after a correct password.</summary>
    public void Mark(HttpContext http, string personId)
    {
        if (Of(http, personId) is not null)
            return;
        http.Response.Cookies.Append(
            Cookie,
            protector.Protect($"{personId} {RandomNumberGenerator.GetHexString(16, true)}"),
            new()
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = http.Request.IsHttps,
                Path = "/sign-in",
                Expires = time.GetUtcNow() + Life,
                IsEssential = true,
            }
        );
    }
}
