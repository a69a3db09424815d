namespace BrightKitchen.EdgeAgent.Lobby;

internal static class LobbyRegistration
{
    /// <summary>The morning check's look at who stands before the kiosk.</summary>
    public static IServiceCollection AddLobby(this IServiceCollection services) => services.AddSingleton<LobbyAnalyzer>();
}
