using System.Net.Sockets;
using BrightKitchen.EdgeAgent;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Findings;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.EdgeAgent.Lobby;
using BrightKitchen.EdgeAgent.LocalApi;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Service;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Tools;
using BrightKitchen.EdgeAgent.Training;
using BrightKitchen.EdgeAgent.Uplink;
using Serilog;

NativeSettings.Apply();
if (await Tool.RunAsync(args) is { } done)
    return done;

var started = false;
try
{
    // Settings and pages are beside the program, whatever the working directory is.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    var agent = await AgentStart.OpenAsync(builder.Configuration, args);
    var (settings, folders) = (agent.Settings, agent.Folders);

    builder.Services.AddSerilog(log => log.ReadFrom.Configuration(builder.Configuration));
    // Hosted services start in this order and stop in reverse.
    builder
        .Services.AddAgentHost(agent.Clock, folders)
        .AddTelemetry()
        .AddPublicViews()
        .AddCameras(settings.Cameras)
        .AddSite(settings.Site, folders)
        .AddDetection(settings.Detection)
        .AddFindings()
        .AddRecording(settings.Recording, folders)
        .AddEvidence(settings.Evidence, agent.Store)
        .AddTraining()
        .AddUplink(settings.Uplink, agent.Identity)
        .AddLobby()
        .AddLocalApi()
        .AddService()
        .AddSetupOrders();
    builder.AddInstaller(settings.Installer, folders);

    var app = builder.Build();
    AgentStart.Prepare(app.Services);
    app.MapHealth();
    app.MapLocalApi();
    app.MapInstaller(settings.Installer);
    await app.StartAsync();
    started = true;
    await app.WaitForShutdownAsync();
    // Closes the database before the folder is released.
    await app.DisposeAsync();
    await agent.Alone.DisposeAsync();
    return 0;
}
catch (InvalidDataException e) when (!started)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (Exception e) when (!started && e is (IOException or UnauthorizedAccessException or SocketException))
{
    // A full or unmounted disk, or a port in use, is temporary: the service manager restarts the edge agent.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
