namespace BrightKitchen.EdgeAgent.Host;

internal static class HostRegistration
{
    /// <summary>The clock, the folders and the health that every capability shares.</summary>
    public static IServiceCollection AddAgentHost(this IServiceCollection services, AgentClock clock, AgentFolders folders) =>
        services.AddSingleton(clock).AddSingleton<TimeProvider>(clock).AddSingleton(folders).AddSingleton<AgentHealth>().AddHttpClient();
}
