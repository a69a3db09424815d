using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Evidence.Sealing;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.LocalApi;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Uplink;

namespace BrightKitchen.EdgeAgent;

/// <summary>
/// What the agent holds before its services are made: its settings, its folder, which no other agent may use meanwhile, its identity and
/// its evidence.
/// </summary>
internal sealed record AgentStart(
    AgentSettings Settings,
    AgentClock Clock,
    AgentFolders Folders,
    AgentIdentity Identity,
    EvidenceStore Store,
    FileStream Alone
)
{
    /// <exception cref="InvalidDataException">The settings are wrong, or something that cannot be made again is damaged.</exception>
    /// <exception cref="IOException">The disk is full or not there, or another agent uses the folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder belongs to another user.</exception>
    public static async Task<AgentStart> OpenAsync(ConfigurationManager configuration, string[] args)
    {
        // An installer's own file: EdgeAgent --settings /etc/bright-kitchen/box.json. Environment and arguments go before it.
        if (configuration["settings"] is { } file)
            configuration.AddJsonFile(Path.GetFullPath(file), optional: false).AddEnvironmentVariables().AddCommandLine(args);
        var settings = AgentSettings.Read(configuration);
        // Held until the process ends: two at once would write into each other's database.
        Directory.CreateDirectory(settings.Data);
        var alone = new FileStream(Path.Combine(settings.Data, "agent.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            return Open(settings, alone);
        }
        catch (IOException e)
            when (StartRoom.Make(Path.Combine(Path.GetFullPath(settings.Data), "recordings"), settings.Recording) is > 0 and var deleted)
        {
            await Console.Error.WriteLineAsync($"{e.Message} {deleted} of the oldest recordings were deleted to make room.");
            return Open(settings, alone);
        }
    }

    /// <summary>Makes the keys and codes that the installer looks for, and reads the site's settings, before anything runs.</summary>
    /// <exception cref="InvalidDataException">The site's settings are wrong.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Prepare(IServiceProvider services)
    {
        _ = services.GetRequiredService<KioskKey>();
        services.GetRequiredService<AgentHealth>().SettingsDamage = services.GetRequiredService<SiteStore>().Damaged;
        _ = services.GetRequiredService<AdminAccess>().Code;
    }

    private static AgentStart Open(AgentSettings settings, FileStream alone)
    {
        var clock = new AgentClock(TimeProvider.System);
        var folders = new AgentFolders(settings.Data);
        var identity = new AgentIdentity(folders, clock);
        var seal = new EvidenceSeal(identity.Fingerprint, identity.Seal, clock.ToldNow);
        return new(settings, clock, folders, identity, new(folders.In("evidence.db"), clock, seal), alone);
    }
}
