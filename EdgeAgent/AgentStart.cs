using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.LocalApi;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Uplink;

namespace BrightKitchen.EdgeAgent;

/// <summary>
/// What the edge agent opens before its services are built: its settings, its data folder, which it locks against other instances, its
/// identity and its evidence store.
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
    /// <exception cref="InvalidDataException">The settings are invalid, or data that cannot be regenerated is damaged.</exception>
    /// <exception cref="IOException">The disk is full or missing, or another instance uses the folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder belongs to another user.</exception>
    public static async Task<AgentStart> OpenAsync(ConfigurationManager configuration, string[] args)
    {
        // The installer's own file: EdgeAgent --settings /etc/bright-kitchen/box.json. Environment and arguments take precedence over it.
        if (configuration["settings"] is { } file)
            configuration.AddJsonFile(Path.GetFullPath(file), optional: false).AddEnvironmentVariables().AddCommandLine(args);
        var settings = AgentSettings.Read(configuration);
        // Held until the process ends: two instances would write to the same database.
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

    /// <summary>Generates the keys and codes that the installer needs, and reads the site's settings, before anything runs.</summary>
    /// <exception cref="InvalidDataException">The site's settings are invalid.</exception>
    /// <exception cref="IOException">The disk refuses the write.</exception>
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
