using Microsoft.AspNetCore.Antiforgery;

namespace BrightKitchen.CentralServer.People;

internal static class SecondSignIn
{
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
