namespace BrightKitchen.VisionModels.Tests;

/// <summary>The folder of shipped models, found upward from the test's own folder.</summary>
internal static class RepositoryModels
{
    public static string Folder { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BrightKitchen.sln")))
                return Path.Combine(folder.FullName, "models");
        }

        throw new DirectoryNotFoundException("The tests run inside the repository: BrightKitchen.sln was not found above them.");
    }
}
