namespace BrightKitchen.EdgeAgent.Findings;

internal static class FindingsRegistration
{
    /// <summary>
    /// Registers the stage from observations to findings by the site's rules, and the findings about the edge agent itself.
    /// </summary>
    public static IServiceCollection AddFindings(this IServiceCollection services) =>
        services.AddHostedService<RuleStage>().AddHostedService<AgentFindings>();
}
