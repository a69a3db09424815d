namespace BrightKitchen.EdgeAgent.Lobby;

internal static class LobbyRegistration
{
    /// <summary>Registers the analysis for the morning check at the kiosk.</summary>
    public static IServiceCollection AddLobby(this IServiceCollection services) => services.AddSingleton<LobbyAnalyzer>();
}
