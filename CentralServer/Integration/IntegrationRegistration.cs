using System.Text.Json.Serialization;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace BrightKitchen.CentralServer.Integration;

internal static class IntegrationRegistration
{
    public static void AddIntegration(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddTokens();
        services.AddScoped<EventDispatcher>().AddScoped<Webhooks>().AddHostedService<WebhookSender>();
        if (!string.IsNullOrEmpty(configuration["Mqtt:Server"]))
            services.AddHostedService<MqttPublisher>();
        services.AddAuthorizationBuilder().AddApiAccess(SecondFactorRequirement.Of(configuration));
        services.AddLimitByCaller(ApiAccess.Limit, configuration.GetValue("Api:RequestsPerMinute", 600), TimeSpan.FromMinutes(1));
        // Refuses numbers that are written as strings; otherwise the OpenAPI document would describe every number as number or string.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddOpenApi(ApiEndpoints.Document, options =>
        {
            options.ShouldInclude = d =>
                d.RelativePath?.StartsWith(ApiEndpoints.Root[1..], StringComparison.Ordinal) == true
                && !d.RelativePath.EndsWith(".json", StringComparison.Ordinal);
            options.AddDocumentTransformer(DescribeAsync);
            options.AddSchemaTransformer(UnwrapAsync);
        });
    }

    /// <summary>Answers malformed or mismatched JSON with a problem response that names the likely cause.</summary>
    public static void UseApiFaults(this IApplicationBuilder app) =>
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/api"),
            api =>
                api.UseStatusCodePages(async pages =>
                {
                    if (pages.HttpContext.Response.StatusCode == StatusCodes.Status400BadRequest)
                        await TypedResults
                            .Problem(
                                $"The request does not match the API reference, or it contains invalid characters. {PlainText.Detail}",
                                statusCode: StatusCodes.Status400BadRequest
                            )
                            .ExecuteAsync(pages.HttpContext);
                })
        );

    /// <summary>Joins the lines of descriptions, which XML documentation wraps.</summary>
    private static Task UnwrapAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        if (schema.Description is { } description)
            schema.Description = string.Join(' ', description.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return Task.CompletedTask;
    }

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new()
        {
            Title = "BrightKitchen",
            Version = ApiEndpoints.Document,
            Description =
                "For other systems. Every request must carry a token that was created on the page /api-access: `Authorization: Bearer "
                + "bk_…`. A token has the permissions of its user, limited to its scopes. Anything outside the user's sites is answered "
                + "with 404, more than 600 requests per minute with 429. Times are UTC.",
        };
        // The server's address is not part of the API's description.
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
