namespace BrightKitchen.CentralServer.Hosting;

/// <summary>The server's data folder, setting <c>Data</c>.</summary>
internal static class DataFolder
{
    public static string Of(IConfiguration configuration) => Path.GetFullPath(configuration["Data"] ?? "data");
}
