using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>The commands beside the service itself: <c>EdgeAgent see …</c>, <c>evaluate …</c>, <c>teach …</c>, <c>doctor …</c>, <c>cameras …</c>, <c>verify …</c>, <c>enrol …</c>.</summary>
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

    /// <summary>Runs the tool that the first word names; null where it names none.</summary>
    public static async Task<int?> RunAsync(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || !All.TryGetValue(args[0], out var tool))
            return null;
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
        catch (Exception e) when (e is ToolException or ModelException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(e is OperationCanceledException ? "Stopped." : $"{args[0]}: {e.Message}");
            return 2;
        }
    }
}
