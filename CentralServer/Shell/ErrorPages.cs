using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;

namespace BrightKitchen.CentralServer.Shell;

/// <summary>Error pages in place of empty responses.</summary>
internal static class ErrorPages
{
    /// <summary>Browsers get a page that explains the error; scripts and devices get the bare status code.</summary>
    public static void UseErrorPages(this IApplicationBuilder app) =>
        app.UseWhen(
            http => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal),
            pages => Read(pages.UseStatusCodePagesWithReExecute("/missing", createScopeForStatusCodePages: true))
        );

    /// <summary>
    /// Makes the error page a GET request: with the original POST, the page would be rejected for the same reason as the form, and the
    /// response would remain empty.
    /// </summary>
    private static void Read(IApplicationBuilder pages) =>
        pages.Use(
            (http, next) =>
            {
                if (http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
                {
                    http.Request.Method = HttpMethods.Get;
                    http.Features.Set<IAntiforgeryValidationFeature>(null);
                }

                return next(http);
            }
        );
}
