namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>The box's settings as a command is told them.</summary>
internal static class SettingsFile
{
    /// <exception cref="ToolException">The file is not there or is no JSON.</exception>
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
}
