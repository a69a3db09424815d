using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Audit;

internal static class AuditRegistration
{
    /// <param name="data">The server's folder.</param>
    public static void AddAudit(this IServiceCollection services, string data)
    {
        services
            .AddOptions<AuditOptions>()
            .BindConfiguration(AuditOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddScoped<AuditLog>();
        services.AddSingleton<Looks>().AddHostedService(s => s.GetRequiredService<Looks>());
        services.AddSingleton(s => new AuditHeads(
            s.GetRequiredService<IServiceScopeFactory>(),
            s.GetRequiredService<IOptions<AuditOptions>>(),
            Path.Combine(data, "audit-heads.jws"),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<AuditHeads>>()
        ));
        services.AddHostedService(s => s.GetRequiredService<AuditHeads>());
    }
}
