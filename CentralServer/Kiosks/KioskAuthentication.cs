using System.Security.Claims;
using System.Text.Encodings.Web;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
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
    public const string SchemeName = "Kiosk";
    public const string Policy = "kiosk";
    private bool revoked;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
            return AuthenticateResult.NoResult();
        var text = header[7..];
        if (DeviceToken.IssuerOf(text) is not { } issuer)
            return Refuse("the token cannot be read", "");
        if (await db.Kiosks.FindAsync([issuer], Context.RequestAborted) is not { } kiosk)
            return Refuse("no such kiosk is enrolled", issuer);
        if (!DeviceToken.IsValid(text, kiosk.Id, kiosk.PublicKey, KioskRoutes.Audience, TimeProvider.GetUtcNow()))
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
            Response.Headers.WWWAuthenticate = $"{SchemeName} error=\"{KioskRoutes.Revoked}\"";
    }

    private AuthenticateResult Refuse(string reason, string kiosk)
    {
        KioskRefused(Logger, kiosk, reason);
        return AuthenticateResult.Fail(reason);
    }

    [LoggerMessage(LogLevel.Warning, "Kiosk {Kiosk} was refused: {Reason}")]
    private static partial void KioskRefused(ILogger logger, string kiosk, string reason);
}
