using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Authenticates an edge agent by a JWT that it signed with its own key; rejects revoked agents.</summary>
internal sealed partial class BoxAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    CentralDb db
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Scheme_ = "Box";
    public const string Policy = "box";
    public const string SiteClaim = "site";
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        var text =
            header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..]
            : Request.Path.StartsWithSegments(BoxRoutes.Hub) ? Request.Query["access_token"].ToString()
            : "";
        if (text.Length is 0 or > 4096)
            return AuthenticateResult.NoResult();
        var handler = new JsonWebTokenHandler();
        if (IssuerOf(handler, text) is not { } issuer)
            return Refuse("the token cannot be read", "");
        if (await db.Boxes.FindAsync([issuer], Context.RequestAborted) is not { } box)
            return Refuse("no such box is enrolled", issuer);
        if (box.RevokedAt is not null)
            return Refuse("the box was revoked", box.Id);
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(box.PublicKey), out _);
        var result = await handler.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = box.Id,
                ValidAudience = BoxRoutes.Audience,
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                // The key is disposed with this request, so the signature provider must not be cached.
                IssuerSigningKey = new ECDsaSecurityKey(key)
                {
                    CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
                },
                ClockSkew = ClockSkew,
                RequireExpirationTime = true,
                LifetimeValidator = (from, to, _, _) => Fresh(from, to),
            }
        );
        return result.IsValid
            ? AuthenticateResult.Success(
                new(new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, box.Id), new(SiteClaim, box.SiteId)], Scheme.Name)), Scheme.Name)
            )
            : Refuse("the token's signature or time is wrong", box.Id);
    }

    private static string? IssuerOf(JsonWebTokenHandler handler, string text)
    {
        try
        {
            return handler.ReadJsonWebToken(text).Issuer;
        }
        catch (Exception e) when (e is SecurityTokenException or ArgumentException)
        {
            return null;
        }
    }

    private bool Fresh(DateTime? from, DateTime? to)
    {
        var now = TimeProvider.GetUtcNow().UtcDateTime;
        return from is { } f && to is { } t && f <= now + ClockSkew && t >= now - ClockSkew && t - f <= LongestLife;
    }

    private AuthenticateResult Refuse(string reason, string box)
    {
        BoxRefused(Logger, box.Length > 40 ? box[..40] : box, reason);
        return AuthenticateResult.Fail(reason);
    }

    [LoggerMessage(LogLevel.Warning, "Box {Box} was refused: {Reason}")]
    private static partial void BoxRefused(ILogger logger, string box, string reason);
}
