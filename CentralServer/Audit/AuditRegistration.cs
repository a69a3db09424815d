using BrightKitchen.CentralServer.Hosting;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.Audit;

internal static class AuditRegistration
{
    public static void AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<AuditOptions>()
            .BindConfiguration(AuditOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddScoped<AuditLog>();
        services.AddSingleton<ClearViewLog>().AddHostedService(s => s.GetRequiredService<ClearViewLog>());
        services.AddSingleton(s => new AuditHeads(
            s.GetRequiredService<IServiceScopeFactory>(),
            s.GetRequiredService<IOptions<AuditOptions>>(),
            Path.Combine(DataFolder.Of(configuration), "audit-heads.jws"),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<AuditHeads>>()
        ));
        services.AddHostedService(s => s.GetRequiredService<AuditHeads>());
    }
}
