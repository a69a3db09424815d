using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// The commands beside the service itself: <c>EdgeAgent see …</c>, <c>evaluate …</c>, <c>teach …</c>, <c>doctor …</c>, <c>cameras …</c>,
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

    /// <summary>Where the shipped models lie: <c>BRIGHTKITCHEN_MODELS</c>, or <c>models</c> here.</summary>
    public static string Models => Environment.GetEnvironmentVariable("BRIGHTKITCHEN_MODELS") ?? "models";

    // What the service itself takes beside the sections of its settings; anything else is mistyped.
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

    /// <summary>Runs the tool that the first word names; null where the arguments are those of the service.</summary>
    /// <returns>The exit code: 2 where the tool failed, or where the arguments name neither a tool nor a setting.</returns>
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

    /// <summary>What is wrong with the service's arguments, and what there is; null where nothing is.</summary>
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
