using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>How often something may be tried, by the address that tries, or by the person.</summary>
internal static class Limits
{
    /// <summary>A limit for each address.</summary>
    public static void AddLimitByAddress(this IServiceCollection services, string name, int most, TimeSpan window) =>
        services.AddLimit(name, Caller.AddressOf, most, window);

    /// <summary>A limit for each person, and for each address of those who are not signed in.</summary>
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
