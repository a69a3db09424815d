using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Site;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>The edge agent's settings for the commands.</summary>
internal static class SettingsFile
{
    /// <exception cref="ToolException">The file is missing or not valid JSON.</exception>
    public static IConfiguration Read(ToolArguments given)
    {
        var builder = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
        if (given["settings"] is { } file)
            builder.AddJsonFile(Path.GetFullPath(file), optional: false);
        try
        {
            return builder.AddEnvironmentVariables().Build();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"the settings '{given["settings"]}' cannot be read: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    /// <summary>
    /// The cameras and rules in force: changes from the edge agent's page or from the server take precedence over the settings file.
    /// </summary>
    /// <exception cref="ToolException">They cannot be read.</exception>
    public static SiteSettings Site(AgentSettings settings)
    {
        var data = Path.GetFullPath(settings.Data);
        if (!File.Exists(Path.Combine(data, "site.json")))
            return new(0, settings.TimeZone, settings.Cameras.Cameras, settings.Rules);
        var services = new ServiceCollection();
        services.AddLogging();
        DurableKeyFiles.Add(services, Path.Combine(data, "keys"));
        // A key that a command makes as root could not be read by the agent.
        services.AddDataProtection().DisableAutomaticKeyGeneration();
        using var provider = services.BuildServiceProvider();
        try
        {
            return new SiteStore(
                settings.Site,
                Path.Combine(data, "site.json"),
                provider.GetRequiredService<IDataProtectionProvider>(),
                NullLogger<SiteStore>.Instance
            ).Current;
        }
        catch (InvalidDataException e)
        {
            throw new ToolException(e.Message, e);
        }
    }
}
