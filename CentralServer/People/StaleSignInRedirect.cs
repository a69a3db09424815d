using Microsoft.AspNetCore.Antiforgery;

namespace BrightKitchen.CentralServer.People;

internal static class StaleSignInRedirect
{
    /// <summary>
    /// Redirects a signed-in user to the start page when they submit a sign-in form that a second tab opened before they signed in: its
    /// antiforgery token is no longer valid. The redirect signs no one in, so a form of another site gains nothing.
    /// </summary>
    public static void UseStaleSignInRedirect(this IApplicationBuilder app) =>
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
