using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// The commands in addition to the service: <c>EdgeAgent see …</c>, <c>evaluate …</c>, <c>teach …</c>, <c>doctor …</c>, <c>cameras …</c>,
/// <c>verify …</c>, <c>enrol …</c>.
/// </summary>
internal static class Tool
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, CancellationToken, Task>> All = new()
    {
        ["see"] = SeeTool.RunAsync,
        ["evaluate"] = EvaluateTool.RunAsync,
        ["teach"] = TeachTool.RunAsync,
        ["doctor"] = DoctorTool.RunAsync,
        ["cameras"] = CamerasTool.RunAsync,
        ["verify"] = VerifyTool.RunAsync,
        ["enrol"] = EnrolTool.RunAsync,
    };

    /// <summary>
    /// Folder of the shipped models: <c>BRIGHTKITCHEN_MODELS</c>, otherwise <c>models</c> in the current directory.
    /// </summary>
    public static string Models => Environment.GetEnvironmentVariable("BRIGHTKITCHEN_MODELS") ?? "models";

    // The service's own options besides its settings sections; any other name is an error.
    private static readonly HashSet<string> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        "settings",
        "urls",
        "http_ports",
        "https_ports",
        "environment",
        "contentRoot",
        "applicationName",
        "webRoot",
        "AllowedHosts",
    };

    private static readonly HashSet<string> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        "Box",
        "Serilog",
        "Logging",
        "Kestrel",
        "HostOptions",
    };

    /// <summary>Runs the command that the first argument names; null when the arguments are for the service.</summary>
    /// <returns>The exit code: 2 when the command failed, or when the arguments name neither a command nor a setting.</returns>
    public static async Task<int?> RunAsync(IReadOnlyList<string> args)
    {
        if (args.Count > 0 && args[0] is "help" or "--help" or "-h" or "-?")
        {
            Console.WriteLine("EdgeAgent --settings FILE [--urls URLS] [--Box:KEY VALUE]…   runs the service");
            Console.WriteLine($"EdgeAgent COMMAND …   {string.Join(", ", All.Keys)}");
            return 0;
        }

        if (args.Count == 0 || !All.TryGetValue(args[0], out var tool))
        {
            if (Mistyped(args) is not { } mistake)
                return null;
            await Console.Error.WriteLineAsync(mistake);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        try
        {
            await tool([.. args.Skip(1)], stop.Token);
            return 0;
        }
        catch (Exception e)
            when (e is ToolException or ModelException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(e is OperationCanceledException ? "Stopped." : $"{args[0]}: {e.Message}");
            return 2;
        }
    }

    /// <summary>The error in the service's arguments, with the valid choices; null when there is none.</summary>
    internal static string? Mistyped(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var isOption = args[i].StartsWith('-') || args[i].StartsWith('/');
            var (name, hasValue) = args[i].Split('=', 2) is [var before, _] ? (before, true) : (args[i], false);
            if (!isOption && !hasValue)
                return $"There is no command '{args[i]}'; there are {string.Join(", ", All.Keys)}. "
                    + "A command comes first; without one the service starts.";
            name = name.TrimStart('-', '/');
            if (!Settings.Contains(name) && !Sections.Contains(name.Split(':')[0]))
                return $"There is no option '{name}'; there are {string.Join(", ", Settings.Select(s => "--" + s))} "
                    + "and settings like --Box:Data.";
            if (!hasValue && ++i == args.Count)
                return $"The option '{name}' needs a value.";
        }

        return null;
    }
}
