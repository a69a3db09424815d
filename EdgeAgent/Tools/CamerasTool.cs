using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Tests every camera of the edge agent and prints the results: <c>cameras --settings FILE</c>. Exits with 2 when one delivers no picture.
/// </summary>
internal static class CamerasTool
{
    public static async Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["settings"], []);
        AgentSettings settings;
        try
        {
            settings = AgentSettings.Read(SettingsFile.Read(given));
        }
        catch (InvalidDataException e)
        {
            throw new ToolException(e.Message, e);
        }

        var cameras = SettingsFile.Site(settings).Cameras;
        if (cameras.Count == 0)
            throw new ToolException("the edge device has no cameras; add cameras on its page or in its settings.");
        var scratch = Directory.CreateTempSubdirectory("brightkitchen-cameras-");
        try
        {
            var test = new StreamTest(settings.Cameras, new AgentFolders(scratch.FullName), TimeProvider.System);
            var dark = 0;
            foreach (var camera in cameras)
            {
                var answer = await test.TryAsync(camera, stop, note =>
                    Console.WriteLine($"..  {camera.Id, -12} {camera.DisplayName}  {note}")
                );
                dark += answer.Fault is null ? 0 : 1;
                var about = answer.Fault
                    ?? $"{answer.Codec} {answer.Width}x{answer.Height} analysed, over {answer.Transport}"
                        + (answer.Transport == camera.Transport ? "" : " (set its transport to this)")
                        + (answer.Plays || camera.Reencode ? "" : ", which most browsers cannot play")
                        + (answer.Note is { } known ? "; " + known : "");
                Console.WriteLine($"{(answer.Fault is null ? "ok" : "!!")}  {camera.Id, -12} {camera.DisplayName}  {about}");
            }

            if (dark > 0)
                throw new ToolException($"{dark} of {cameras.Count} cameras deliver no picture.");
        }
        finally
        {
            scratch.Delete(true);
        }
    }
}
