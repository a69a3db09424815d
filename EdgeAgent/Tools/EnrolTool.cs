using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Uplink;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Enrols the edge agent before its service starts: <c>enrol --settings FILE --server URL --code CODE [--name NAME]</c>; prints the values
/// that an installer records.
/// </summary>
internal static class EnrolTool
{
    public static async Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["settings", "server", "code", "name"], []);
        AgentSettings settings;
        try
        {
            settings = AgentSettings.Read(SettingsFile.Read(given));
        }
        catch (InvalidDataException e)
        {
            throw new ToolException(e.Message, e);
        }

        var server = given["server"] is { } address
            ? Uri.TryCreate(address, UriKind.Absolute, out var uri)
                ? uri
                : throw new ToolException($"'{address}' is not an address like https://host.")
            : settings.Uplink.Server;
        if (server is null)
            throw new ToolException("--server is missing, and the settings contain no server.");
        var folders = new AgentFolders(settings.Data, starting: false);
        using var identity = new AgentIdentity(folders, new(TimeProvider.System));
        if (identity.Enrolment is { } already)
            throw new ToolException(
                $"this device is enrolled as {already.BoxId} of {already.SiteName}; "
                    + "delete enrolment.json from its data folder to enrol it again."
            );
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(15) };
        try
        {
            if (!await EnrolmentCall.AskAsync(client, identity, given.Need("code"), given["name"] ?? settings.Uplink.BoxName, stop))
                throw new ToolException(
                    "the server rejects the code: it is wrong, used or expired; create a new one on its Edge devices page."
                );
        }
        catch (Exception e)
            when (e is HttpRequestException or System.Net.Sockets.SocketException or System.Text.Json.JsonException
                || (e is TaskCanceledException && !stop.IsCancellationRequested)
            )
        {
            throw new ToolException($"{server.GetLeftPart(UriPartial.Authority)} cannot be reached: {e.Message}", e);
        }

        using var certificate = InstallerCertificate.ReadOrMake(folders, TimeProvider.System);
        Console.WriteLine(
            $"""
            enrolled as   {identity.Enrolment!.BoxId} of {identity.Enrolment.SiteName}
            its page      https://{Environment.MachineName}:{settings.Installer.Port}/
            certificate   SHA-256 {InstallerCertificate.Fingerprint(certificate)}
            admin code    {new AdminAccess(folders, TimeProvider.System).Code}
            """
        );
    }
}
