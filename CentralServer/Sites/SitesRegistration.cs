namespace BrightKitchen.CentralServer.Sites;

internal static class SitesRegistration
{
    public static void AddSites(this IServiceCollection services) => services.AddScoped<SiteScope>().AddScoped<RegionTree>();
}
