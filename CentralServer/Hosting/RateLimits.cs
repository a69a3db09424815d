using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Rate limits with a fixed window, per address or per person.</summary>
internal static class RateLimits
{
    /// <summary>Adds a limit per address.</summary>
    public static void AddLimitByAddress(this IServiceCollection services, string name, int most, TimeSpan window) =>
        services.AddLimit(name, Caller.AddressOf, most, window);

    /// <summary>Adds a limit per person, or per address for anonymous callers.</summary>
    public static void AddLimitByCaller(this IServiceCollection services, string name, int most, TimeSpan window) =>
        services.AddLimit(name, Caller.Of, most, window);

    private static void AddLimit(
        this IServiceCollection services,
        string name,
        Func<HttpContext, string> whom,
        int most,
        TimeSpan window
    ) =>
        services.Configure<RateLimiterOptions>(limits =>
            limits.AddPolicy(name, http =>
                RateLimitPartition.GetFixedWindowLimiter(whom(http), _ => new() { PermitLimit = most, Window = window })
            )
        );
}
