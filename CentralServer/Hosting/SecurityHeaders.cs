namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Security headers of every response.</summary>
internal static class SecurityHeaders
{
    public static void UseSecurityHeaders(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                var headers = context.Response.Headers;
                headers.ContentSecurityPolicy =
                    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; "
                    + "base-uri 'self'; form-action 'self'";
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "same-origin";
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
                if (context.Request.IsHttps)
                    headers.StrictTransportSecurity = "max-age=31536000";
                return next(context);
            }
        );
}
