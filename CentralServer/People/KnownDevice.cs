using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Marks a browser in which a person has signed in, by an encrypted cookie ("device cookie"). It opens nothing: it only keeps wrong
/// passwords that others type elsewhere from closing this browser's sign-in.
/// </summary>
internal sealed class KnownDevice(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Cookie = "device";
    private static readonly TimeSpan Life = TimeSpan.FromDays(400);
    private readonly IDataProtector protector = protection.CreateProtector("known device");

    /// <summary>The device's number where the browser is known for this person; null where it is not.</summary>
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

    /// <summary>Marks the browser for this person, after the right password.</summary>
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
