using System.Security.Claims;
using System.Text.Encodings.Web;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Authenticates an edge agent by a JWT that it signed with its own key; rejects revoked agents.</summary>
internal sealed partial class BoxAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    CentralDb db
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Box";
    public const string Policy = "box";
    public const string SiteClaim = "site";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        var text =
            header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..]
            : Request.Path.StartsWithSegments(BoxRoutes.Hub) ? Request.Query["access_token"].ToString()
            : "";
        if (text.Length == 0)
            return AuthenticateResult.NoResult();
        if (DeviceToken.IssuerOf(text) is not { } issuer)
            return Refuse("the token cannot be read", "");
        if (await db.Boxes.FindAsync([issuer], Context.RequestAborted) is not { } box)
            return Refuse("no such edge agent is enrolled", issuer);
        if (box.RevokedAt is not null)
            return Refuse("the edge agent was revoked", box.Id);
        return DeviceToken.IsValid(text, box.Id, box.PublicKey, BoxRoutes.Audience, TimeProvider.GetUtcNow())
            ? AuthenticateResult.Success(
                new(new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, box.Id), new(SiteClaim, box.SiteId)], Scheme.Name)), Scheme.Name)
            )
            : Refuse("the token's signature, audience or time is wrong", box.Id);
    }

    private AuthenticateResult Refuse(string reason, string box)
    {
        AgentRefused(Logger, box, reason);
        return AuthenticateResult.Fail(reason);
    }

    [LoggerMessage(LogLevel.Warning, "Edge agent {Box} was refused: {Reason}")]
    private static partial void AgentRefused(ILogger logger, string box, string reason);
}
