using System.Security.Claims;
using System.Text.Encodings.Web;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>
/// Authenticates requests that carry a person's API token. Roles and grants are the person's current ones, so that revoking them also
/// affects the token. A temporary lockout after wrong passwords does not block the token: otherwise anyone could block it.
/// </summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    CentralDb db,
    UserManager<Person> people
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Token";
    public const string ScopeClaim = "scope";
    private static readonly TimeSpan Noted = TimeSpan.FromMinutes(1);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith($"Bearer {ApiToken.Prefix}", StringComparison.Ordinal) || header.Length > 200)
            return AuthenticateResult.NoResult();
        var (hash, now) = (ApiToken.HashOf(header[7..]), TimeProvider.GetUtcNow());
        if (
            await db.ApiTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Hash == hash, Context.RequestAborted)
                is not { RevokedAt: null } token
            || token.ExpiresAt <= now
        )
            return AuthenticateResult.Fail("The token is wrong, expired or revoked.");
        if (await people.FindByIdAsync(token.PersonId) is not { } person || person.LockoutEnd > now.AddYears(1))
            return AuthenticateResult.Fail("The token's user no longer exists or is permanently locked.");
        if (token.LastUsedAt is null || now - token.LastUsedAt > Noted)
            await StorageUnavailable.TryWriteAsync(() =>
                db
                    .ApiTokens.Where(t => t.Id == token.Id)
                    .ExecuteUpdateAsync(t => t.SetProperty(x => x.LastUsedAt, now), Context.RequestAborted)
            );
        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, person.Id),
            new(ClaimTypes.Name, person.UserName ?? ""),
            .. (await people.GetRolesAsync(person)).Select(r => new Claim(ClaimTypes.Role, r)),
            .. token.Scopes.Split(' ').Select(s => new Claim(ScopeClaim, s)),
        ];
        if (token.SecondFactor)
            claims.Add(new(SecondFactorHandler.Method, SecondFactorHandler.Multiple));
        return AuthenticateResult.Success(new(new(new ClaimsIdentity(claims, Scheme.Name)), Scheme.Name));
    }
}
