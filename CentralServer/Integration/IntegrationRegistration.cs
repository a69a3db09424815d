using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using BrightKitchen.CentralServer.People;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.OpenApi;

namespace BrightKitchen.CentralServer.Integration;

internal static class IntegrationRegistration
{
    public static void AddIntegration(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddTokens();
        services.AddScoped<EventPump>().AddScoped<Webhooks>().AddHostedService<WebhookSender>();
        if (!string.IsNullOrEmpty(configuration["Mqtt:Server"]))
            services.AddHostedService<MqttPublisher>();
        var perMinute = configuration.GetValue("Api:RequestsPerMinute", 600);
        services.Configure<RateLimiterOptions>(limits =>
            limits.AddPolicy(ApiAccess.Limit, http =>
                RateLimitPartition.GetFixedWindowLimiter(Caller.Of(http), _ =>
                    new() { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1) }
                )
            )
        );
        // A number is a number: the description says nothing else.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddOpenApi(ApiEndpoints.Document, options =>
        {
            options.ShouldInclude = d =>
                d.RelativePath?.StartsWith(ApiEndpoints.Root[1..], StringComparison.Ordinal) == true
                && !d.RelativePath.EndsWith(".json", StringComparison.Ordinal);
            options.AddDocumentTransformer(DescribeAsync);
        });
    }

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new()
        {
            Title = "BrightKitchen",
            Version = ApiEndpoints.Document,
            Description =
                "For other systems. A token from the page /api-access goes into every request: `Authorization: Bearer "
                + "bk_…`. It can do what its person can, within its scopes. "
                + "What is out of the person's sites answers 404; more than 600 requests a minute answer 429. Times are UTC.",
        };
        // Where it runs is not part of what it is.
        document.Servers = [];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
        };
        document.Security = [new() { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
        return Task.CompletedTask;
    }
}
