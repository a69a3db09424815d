using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Sealing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>Authenticates kiosks by tokens signed with their own key; revoked kiosks are refused.</summary>
internal sealed partial class KioskAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    CentralDb db
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Scheme_ = "Kiosk";
    public const string Policy = "kiosk";
    private const long ClockSkew = 120;
    private const long LongestLife = 600;
    private bool revoked;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || header.Length > 4096)
            return AuthenticateResult.NoResult();
        var text = header[7..];
        if (
            Jws.Peek<DeviceClaims>(text)?.Iss is not { Length: > 0 and <= 40 } id
            || await db.Kiosks.FindAsync([id], Context.RequestAborted) is not { } kiosk
        )
            return Refuse("no such kiosk is enrolled", "");
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(kiosk.PublicKey), out _);
        if (Jws.Open<DeviceClaims>(text, key) is not { Aud: KioskRoutes.Audience } claims || claims.Iss != kiosk.Id || !IsFresh(claims))
            return Refuse("the token's signature, audience or time is wrong", kiosk.Id);
        revoked = kiosk.RevokedAt is not null;
        return revoked
            ? Refuse("the kiosk was revoked", kiosk.Id)
            : AuthenticateResult.Success(
                new(
                    new(
                        new ClaimsIdentity(
                            [new(ClaimTypes.NameIdentifier, kiosk.Id), new(BoxAuthentication.SiteClaim, kiosk.SiteId)],
                            Scheme.Name
                        )
                    ),
                    Scheme.Name
                )
            );
    }

    // Reports revocation separately, because a revoked kiosk deletes its data, which one with a wrong clock must not do.
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await base.HandleChallengeAsync(properties);
        if (revoked)
            Response.Headers.WWWAuthenticate = $"{Scheme_} error=\"{KioskRoutes.Revoked}\"";
    }

    private bool IsFresh(DeviceClaims claims)
    {
        var now = TimeProvider.GetUtcNow().ToUnixTimeSeconds();
        return claims.Nbf <= now + ClockSkew && claims.Exp >= now - ClockSkew && claims.Exp - claims.Nbf is > 0 and <= LongestLife;
    }

    private AuthenticateResult Refuse(string reason, string kiosk)
    {
        KioskRefused(Logger, kiosk, reason);
        return AuthenticateResult.Fail(reason);
    }

    [LoggerMessage(LogLevel.Warning, "Kiosk {Kiosk} was refused: {Reason}")]
    private static partial void KioskRefused(ILogger logger, string kiosk, string reason);
}
