namespace BrightKitchen.CentralServer.Shell;

/// <summary>The frame of every page: document, layout and navigation, and the error page.</summary>
internal static class ShellRegistration
{
    public static void AddShell(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddCascadingAuthenticationState();
    }

    public static void MapShell(this IEndpointRouteBuilder app)
    {
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>();
    }
}
