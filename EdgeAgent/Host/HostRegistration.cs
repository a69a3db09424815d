namespace BrightKitchen.EdgeAgent.Host;

internal static class HostRegistration
{
    /// <summary>Registers the clock, the folders, the health state and the HTTP clients that all capabilities share.</summary>
    public static IServiceCollection AddAgentHost(this IServiceCollection services, AgentClock clock, AgentFolders folders) =>
        services.AddSingleton(clock).AddSingleton<TimeProvider>(clock).AddSingleton(folders).AddSingleton<AgentHealth>().AddHttpClient();
}
