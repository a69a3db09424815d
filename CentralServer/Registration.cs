using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using System.Threading.RateLimiting;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.City;
using BrightKitchen.CentralServer.Configuration;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.KeyProtection;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.Live;
using BrightKitchen.CentralServer.Metrics;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Playback;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Review;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.CentralServer.Storage;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
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
    private const int LargestUnsent = 512 * 1024;

    public static void AddCentralServer(this WebApplicationBuilder builder)
    {
        // A fragment or segment goes into the line's buffer as a whole, so that nobody waits in the middle of it.
        // Kestrel's own limit is that of HTTP/2; the sockets have another.
        builder
            .WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = LargestUnsent)
            .ConfigureKestrel(kestrel => (kestrel.Limits.MaxResponseBufferSize, kestrel.AddServerHeader) = (LargestUnsent, false));
        var services = builder.Services;
        // First: what is wrong in the settings is known before anything is opened.
        services.AddServerSettings(builder.Configuration);
        var data = Path.GetFullPath(builder.Configuration["Data"] ?? "data");
        Directory.CreateDirectory(data);
        services.AddSerilog(log => log.ReadFrom.Configuration(builder.Configuration));
        services.AddSingleton(TimeProvider.System).AddHttpContextAccessor();
        var protection = services.AddDataProtection();
        protection.AddKeyProtection(builder.Configuration);
        if (builder.Configuration.GetConnectionString("Postgres") is { Length: > 0 } postgres)
        {
            services.AddDbContext<CentralDb, PostgresDb>(db => db.UseNpgsql(postgres).Watch(builder.Configuration));
            // The servers' folders may differ, by which keys are told apart otherwise.
            protection.SetApplicationName("bright-kitchen").PersistKeysToDbContext<PostgresDb>();
        }
        else
        {
            services.AddDbContext<CentralDb>(db =>
                db.UseSqlite($"Data Source={Path.Combine(data, "central.db")}").Watch(builder.Configuration)
            );
            services
                .AddOptions<KeyManagementOptions>()
                .Configure<ILoggerFactory>(
                    (keys, loggers) => keys.XmlRepository = new DurableKeyFiles(new(Path.Combine(data, "keys")), loggers)
                );
        }

        MetricsAccess.Check(builder.Configuration);
        services.AddHealthChecks().AddDbContextCheck<CentralDb>();
        services
            .AddOpenTelemetry()
            .WithMetrics(m =>
                m.AddMeter(Notifier.MeterName).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter()
            );

        services.AddObjectStore(builder.Configuration, data);
        services
            .AddSingleton(s => new EvidenceFiles(Path.Combine(data, "arriving"), s.GetRequiredService<IObjectStore>()))
            .AddSingleton<FindingFeed>()
            .AddScoped<FindingIntake>()
            .AddSingleton<IntakeStage>()
            .AddHostedService(s => s.GetRequiredService<IntakeStage>())
            .AddScoped<ChainIntake>()
            .AddScoped<Holds>();
        services
            .AddSingleton(s => new PictureFiles(Path.Combine(data, "arriving"), s.GetRequiredService<IObjectStore>()))
            .AddHostedService<PictureSweep>();
        services.AddScoped<FormDraft>();
        services.AddScoped<Sealer>().AddScoped<FindingPackage>();
        services.AddScoped<RiskBook>().AddScoped<DrawDesk>().AddHostedService<RiskClock>();
        services.AddScoped<RecordDesk>().AddScoped<SiteReports>().AddScoped<StaffDesk>();
        services.AddIntegration(builder.Configuration);
        services.AddPush();
        services.AddKiosks();
        services
            .AddSingleton<CityMemory>()
            .AddScoped<CityFigures>()
            .AddScoped<ReviewDesk>()
            .AddScoped<Dismissals>()
            .AddScoped<FindingLife>()
            .AddScoped<CaseDesk>()
            .AddScoped<ReportPictures>()
            .AddHostedService<Escalator>();
        services.AddAudit(data);
        services.AddSingleton<LiveTickets>().AddSingleton<Recalls>();
        services.AddSingleton<LiveRelay>().AddHostedService(s => s.GetRequiredService<LiveRelay>());
        services.AddScoped<SiteScope>().AddScoped<RegionTree>().AddScoped<Invitations>().AddScoped<Enrolment>().AddScoped<Setups>();
        services.AddSingleton<Notifier>();
        services.AddSingleton<ListDelivery>().AddHostedService(s => s.GetRequiredService<ListDelivery>());
        var hubs = services.AddSignalR(hub => hub.MaximumReceiveMessageSize = LargestHubMessage);
        if (builder.Configuration.GetConnectionString("Redis") is { Length: > 0 } redis)
        {
            hubs.AddRedis(redis);
            services.AddHostedService<FeedRelay>();
        }

        var officialsNeedTotp = services.AddPeople(builder.Configuration);
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BoxAuthentication>(BoxAuthentication.Scheme_, null);
        var authorization = services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(IdentityConstants.ApplicationScheme).RequireAuthenticatedUser().Build())
            .AddPolicy(BoxAuthentication.Policy, p => p.AddAuthenticationSchemes(BoxAuthentication.Scheme_).RequireAuthenticatedUser());
        foreach (var (policy, roles) in Access.RolesOf)
            authorization.AddPolicy(policy, p =>
                p.AddAuthenticationSchemes(IdentityConstants.ApplicationScheme)
                    .RequireRole(roles)
                    .AddRequirements(new SecondFactorOfOfficials(officialsNeedTotp))
            );
        authorization.AddApiAccess(officialsNeedTotp);

        services.AddAntiforgery(forms => forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        services.AddLocalization();
        services.Configure<RequestLocalizationOptions>(options =>
        {
            List<CultureInfo> cultures = [.. Languages.All.Select(CultureInfo.GetCultureInfo)];
            options.DefaultRequestCulture = new(cultures[0]);
            options.SupportedCultures = options.SupportedUICultures = cultures;
            options.RequestCultureProviders = [new CookieRequestCultureProvider()];
        });
        // Chinese as it is: escaped, a page is nearly three times as long.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        services.AddRazorComponents();
        services.AddCascadingAuthenticationState();
        services.AddLimits(builder.Configuration);
        // Behind a proxy on this machine: who asks, and whether by HTTPS, is what the proxy says. Other proxies are named in Proxies.
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            foreach (var proxy in builder.Configuration.GetSection("Proxies").Get<string[]>() ?? [])
                forwarded.KnownProxies.Add(IPAddress.Parse(proxy));
        });
    }

    /// <summary>How often something may be tried, by the address that tries, or by the person.</summary>
    private static void AddLimits(this IServiceCollection services, IConfiguration configuration) =>
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            ByAddress(SignInEndpoints.SignInLimit, "SignIn:TriesPerMinute", 60, TimeSpan.FromMinutes(1));
            ByAddress(SignInEndpoints.JoinLimit, "Join:TriesPerMinute", 30, TimeSpan.FromMinutes(1));
            ByAddress(DeviceEndpoints.EnrolmentLimit, "Enrolment:TriesPerMinute", 10, TimeSpan.FromMinutes(1));
            var reports = configuration.GetValue("Cases:ReportsPerHour", 10);
            limits.AddPolicy(CaseEndpoints.ReportLimit, http =>
                RateLimitPartition.GetFixedWindowLimiter(Caller.Of(http), _ =>
                    new() { PermitLimit = reports, Window = TimeSpan.FromHours(1) }
                )
            );

            void ByAddress(string name, string setting, int usual, TimeSpan window)
            {
                var most = configuration.GetValue(setting, usual);
                limits.AddPolicy(name, http =>
                    RateLimitPartition.GetFixedWindowLimiter(Caller.AddressOf(http), _ => new() { PermitLimit = most, Window = window })
                );
            }
        });

    public static void UseSecurityHeaders(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                var headers = context.Response.Headers;
                headers.ContentSecurityPolicy =
                    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; "
                    + "base-uri 'self'; form-action 'self'";
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "same-origin";
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
                if (context.Request.IsHttps)
                    headers.StrictTransportSecurity = "max-age=31536000";
                return next(context);
            }
        );
}
