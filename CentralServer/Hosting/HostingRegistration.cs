using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Localization;
using OpenTelemetry.Metrics;
using Serilog;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Common infrastructure: web server and its limits, logs, metrics, health checks, languages and proxies.</summary>
internal static class HostingRegistration
{
    private const int LargestUnsent = 512 * 1024;

    public static void AddHosting(this WebApplicationBuilder builder)
    {
        // Large enough for a whole fragment or segment, so that writing one does not wait for the client halfway. Kestrel's own limit
        // applies only to HTTP/2; the socket transport has a limit of its own.
        builder
            .WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = LargestUnsent)
            .ConfigureKestrel(kestrel => (kestrel.Limits.MaxResponseBufferSize, kestrel.AddServerHeader) = (LargestUnsent, false));
        var services = builder.Services;
        services.AddSerilog(log => log.ReadFrom.Configuration(builder.Configuration));
        services.AddSingleton(TimeProvider.System).AddHttpContextAccessor();
        MetricsAccess.Check(builder.Configuration);
        services.AddHealthChecks();
        services.AddOpenTelemetry().WithMetrics(m => m.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());
        services.AddRateLimiter(limits => limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests);
        services.AddLanguages();
        // Trusts a proxy on this machine to state the client's address and scheme. Other proxies are listed in Proxies.
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            foreach (var proxy in builder.Configuration.GetSection("Proxies").Get<string[]>() ?? [])
                forwarded.KnownProxies.Add(IPAddress.Parse(proxy));
        });
    }

    public static void MapHosting(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready").AllowAnonymous();
        app.MapPrometheusScrapingEndpoint().AllowAnonymous();
    }

    private static void AddLanguages(this IServiceCollection services)
    {
        services.AddLocalization();
        services.Configure<RequestLocalizationOptions>(options =>
        {
            List<CultureInfo> cultures = [.. Languages.All.Select(CultureInfo.GetCultureInfo)];
            options.DefaultRequestCulture = new(cultures[0]);
            options.SupportedCultures = options.SupportedUICultures = cultures;
            options.RequestCultureProviders = [new CookieRequestCultureProvider()];
        });
        // Writes Chinese characters unescaped: escaped, a page is nearly three times as long.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
    }
}
