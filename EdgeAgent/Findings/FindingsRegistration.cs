namespace BrightKitchen.EdgeAgent.Findings;

internal static class FindingsRegistration
{
    /// <summary>Observations to findings by the site's rules, and findings about the device itself.</summary>
    public static IServiceCollection AddFindings(this IServiceCollection services) =>
        services.AddHostedService<RuleStage>().AddHostedService<AgentFindings>();
}
