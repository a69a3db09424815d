using BrightKitchen.KioskUI.Link;
using BrightKitchen.KioskUI.Staff;
using BrightKitchen.KioskUI.Store;
using BrightKitchen.KioskUI.Wall;

namespace BrightKitchen.KioskUI;

internal static class Registration
{
    public static void AddKiosk(this IServiceCollection services, KioskSettings settings)
    {
        var data = settings.Data;
        services.AddSingleton(TimeProvider.System).AddSingleton(settings.Server).AddHttpClient();
        services
            .AddSingleton(s => new KioskStore(data, s.GetRequiredService<ILogger<KioskStore>>()))
            .AddSingleton<KitchenDay>()
            .AddSingleton<LinkState>()
            .AddSingleton<KioskClock>()
            .AddSingleton<ScreenCheck>();
        services.AddSingleton(s =>
        {
            // The store creates the folder, accessible by this user only.
            _ = s.GetRequiredService<KioskStore>();
            return new KioskIdentity(data, s.GetRequiredService<KioskClock>());
        });
        services
            .AddSingleton<ServerLink>()
            .AddHostedService(s => s.GetRequiredService<ServerLink>())
            .AddSingleton(s => new MenuPictures(Path.Combine(data, "menus"), s.GetRequiredService<ServerLink>()));
        services.AddStaff(settings.Check);
    }

    /// <summary>Security headers: the page loads nothing from other origins, cannot be framed, and only it may use the camera.</summary>
    public static void UseKioskHeaders(this WebApplication app) =>
        app.Use(
            (http, next) =>
            {
                var headers = http.Response.Headers;
                headers.ContentSecurityPolicy =
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
                    + "media-src 'self' blob:; connect-src 'self'; form-action 'none'; base-uri 'self'; frame-ancestors 'none'";
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()";
                return next(http);
            }
        );
}
