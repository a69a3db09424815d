namespace BrightKitchen.KitchenStack;

/// <summary>Where things lie in a checkout that was built.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The pictures that <c>tests/CameraSimulator/make-pictures</c> drew.</summary>
    public static string Pictures { get; } = Environment.GetEnvironmentVariable("BRIGHTKITCHEN_PICTURES")
        ?? throw new InvalidOperationException("BRIGHTKITCHEN_PICTURES does not say where the cameras' pictures are; start this by ./run, which draws them.");

    public static string Models => Path.Combine(Root, "models");

    public static string CameraScript => Path.Combine(Root, "tests", "CameraSimulator", "cameras.py");

    /// <summary>A program of this repository in the configuration that runs now.</summary>
    public static string Program(string name) => Path.Combine(Root, name, "bin", Configuration, "net10.0", name + ".dll");

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BrightKitchen.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("BrightKitchen.sln is in no folder above this program; run it from its build folder.");
    }

    /// <summary>A file of a package that <c>./run test</c> installed by npm.</summary>
    /// <exception cref="FileNotFoundException">It did not.</exception>
    public static string Npm(string file)
    {
        var path = Path.Combine(
            Environment.GetEnvironmentVariable("BRIGHTKITCHEN_NPM") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/brightkitchen/npm/node_modules"), file);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{file} is not there: ./run test installs it.", path);
    }
}
