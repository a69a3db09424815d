using System.Globalization;
using System.Threading.RateLimiting;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Live;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Localization;
using Microsoft.EntityFrameworkCore;
using OpenTelemetry.Metrics;
using Serilog;

namespace BrightKitchen.CentralServer;

/// <summary>What the server is made of.</summary>
internal static class Registration
{
    private const int LargestHubMessage = 256 * 1024;

    public static void AddCentralServer(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var data = Path.GetFullPath(builder.Configuration["Data"] ?? "data");
        Directory.CreateDirectory(data);
        services.AddSerilog(log => log.ReadFrom.Configuration(builder.Configuration));
        services.AddSingleton(TimeProvider.System).AddHttpContextAccessor();
        services.AddDbContext<CentralDb>(db => db.UseSqlite($"Data Source={Path.Combine(data, "central.db")}"));
        services.AddDataProtection().PersistKeysToFileSystem(new(Path.Combine(data, "keys")));
        services.AddHealthChecks().AddDbContextCheck<CentralDb>();
        services.AddOpenTelemetry().WithMetrics(m => m.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());

        services.AddSingleton(new EvidenceFiles(Path.Combine(data, "evidence"))).AddSingleton<FindingFeed>().AddScoped<FindingIntake>().AddScoped<ChainIntake>().AddScoped<Holds>();
        services.AddSingleton<LiveRelay>().AddHostedService(s => s.GetRequiredService<LiveRelay>());
        services.AddScoped<SiteScope>().AddScoped<Enrolment>().AddScoped<Setups>();
        services.AddSignalR(hub => hub.MaximumReceiveMessageSize = LargestHubMessage);

        services.AddIdentity<Person, IdentityRole>(identity =>
        {
            identity.Password.RequiredLength = 12;
            identity.Password.RequireNonAlphanumeric = identity.Password.RequireUppercase = identity.Password.RequireDigit = false;
            identity.Lockout.MaxFailedAccessAttempts = 5;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        }).AddEntityFrameworkStores<CentralDb>().AddDefaultTokenProviders();
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.LoginPath = "/sign-in";
            cookie.AccessDeniedPath = "/missing";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.ReturnUrlParameter = "returnUrl";
            // What a script fetches gets a plain 401 instead of the sign-in page.
            cookie.Events.OnRedirectToLogin = context =>
            {
                if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
                    context.Response.Redirect(context.RedirectUri);
                else
                    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
        });
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BoxAuthentication>(BoxAuthentication.Scheme_, null);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(IdentityConstants.ApplicationScheme).RequireAuthenticatedUser().Build())
            .AddPolicy(BoxAuthentication.Policy, p => p.AddAuthenticationSchemes(BoxAuthentication.Scheme_).RequireAuthenticatedUser());

        services.AddLocalization();
        services.Configure<RequestLocalizationOptions>(options =>
        {
            List<CultureInfo> cultures = [.. Languages.All.Select(CultureInfo.GetCultureInfo)];
            options.DefaultRequestCulture = new(cultures[0]);
            options.SupportedCultures = options.SupportedUICultures = cultures;
            options.RequestCultureProviders = [new CookieRequestCultureProvider()];
        });
        services.AddRazorComponents();
        services.AddCascadingAuthenticationState();
        var enrolments = builder.Configuration.GetValue("Enrolment:TriesPerMinute", 10);
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.AddPolicy(DeviceEndpoints.EnrolmentLimit, http => RateLimitPartition.GetFixedWindowLimiter(
                http.Connection.RemoteIpAddress?.ToString() ?? "", _ => new() { PermitLimit = enrolments, Window = TimeSpan.FromMinutes(1) }));
        });
    }

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    });
}
