namespace BrightKitchen.Fixtures;

/// <summary>Where things lie in a checkout that was built.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// The pictures that <c>tests/CameraSimulator/make-pictures</c> drew: where <c>./run</c> has them drawn, or where
    /// <c>BRIGHTKITCHEN_PICTURES</c> says.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static string Pictures
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable("BRIGHTKITCHEN_PICTURES") ?? Path.Combine(Cache, "pictures");
            return Directory.Exists(folder)
                ? folder
                : throw new InvalidOperationException(
                    $"The cameras' pictures are not at {folder}: run tests/CameraSimulator/make-pictures {folder}, or ./run test once."
                );
        }
    }

    public static string Models => Path.Combine(Root, "models");

    public static string CameraScript => Path.Combine(Root, "tests", "CameraSimulator", "cameras.py");

    /// <summary>A program of this repository in the configuration that runs now.</summary>
    public static string Program(string name) => Path.Combine(Root, name, "bin", Configuration, "net10.0", name + ".dll");

    private static string Cache =>
        Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "brightkitchen"
        );

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
            Environment.GetEnvironmentVariable("BRIGHTKITCHEN_NPM") ?? Path.Combine(Cache, "npm", "node_modules"),
            file
        );
        return File.Exists(path) ? path : throw new FileNotFoundException($"{file} is not there: ./run test installs it.", path);
    }
}
