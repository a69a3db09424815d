using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;

namespace BrightKitchen.CentralServer.People;

/// <summary>What people see instead of an empty answer when a form was refused.</summary>
internal static class AnswerPages
{
    /// <summary>
    /// A form that was refused is answered by a page, which is read and not posted: as a post it would be refused for the same reason, and
    /// the answer stay empty.
    /// </summary>
    public static void UseAnswerPages(this IApplicationBuilder pages) =>
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

    /// <summary>
    /// Whoever signs in, and then sends the form of a second tab that was opened before, is signed in already: they go on to the first
    /// page. A form of another site does not sign anyone in by this.
    /// </summary>
    public static void UseSecondSignIn(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                if (
                    http.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false }
                    && http.User.Identity?.IsAuthenticated == true
                    && HttpMethods.IsPost(http.Request.Method)
                    && http.Request.Path.Value is "/sign-in" or "/sign-in/code" or "/join"
                )
                {
                    http.Response.Redirect("/");
                    return Task.CompletedTask;
                }

                return next(http);
            }
        );
}
