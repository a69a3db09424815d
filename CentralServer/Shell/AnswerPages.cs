using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;

namespace BrightKitchen.CentralServer.Shell;

/// <summary>What people see instead of an empty answer.</summary>
internal static class AnswerPages
{
    /// <summary>People get a page that says what is not there; scripts and boxes get the bare code.</summary>
    public static void UseAnswerPages(this IApplicationBuilder app) =>
        app.UseWhen(
            http => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal),
            pages => Read(pages.UseStatusCodePagesWithReExecute("/missing", createScopeForStatusCodePages: true))
        );

    /// <summary>
    /// A form that was refused is answered by a page, which is read and not posted: as a post it would be refused for the same reason, and
    /// the answer stay empty.
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
