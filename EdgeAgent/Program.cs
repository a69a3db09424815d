using System.Threading.Channels;
using BrightKitchen.EdgeAgent;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.EdgeAgent.Lobby;
using BrightKitchen.EdgeAgent.LocalApi;
using BrightKitchen.EdgeAgent.Recording.Continuous;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Service;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Tools;
using BrightKitchen.EdgeAgent.Uplink;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using Serilog;

NativeSettings.Apply();
if (await Tool.RunAsync(args) is { } done)
    return done;

// Settings and pages lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
var clock = new BoxClock(TimeProvider.System);
BoxSettings settings;
BoxFolders folders;
BoxIdentity identity;
EvidenceStore store;
FileStream alone;
try
{
    // An installer's own file: EdgeAgent --settings /etc/bright-kitchen/box.json. Environment and arguments go before it, as everywhere.
    if (builder.Configuration["settings"] is { } file)
        builder.Configuration.AddJsonFile(Path.GetFullPath(file), optional: false).AddEnvironmentVariables().AddCommandLine(args);
    settings = BoxSettings.Read(builder.Configuration);
    // Held until the process ends: two at once would write into each other's database.
    Directory.CreateDirectory(settings.Data);
    alone = new(Path.Combine(settings.Data, "agent.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    try
    {
        (folders, identity, store) = Open();
    }
    catch (IOException e)
        when (StartRoom.Make(Path.Combine(Path.GetFullPath(settings.Data), "recordings"), settings.Recording) is > 0 and var gone)
    {
        await Console.Error.WriteLineAsync($"{e.Message} {gone} of the oldest recordings were deleted to make room.");
        (folders, identity, store) = Open();
    }

    DurableKeyFiles.Add(builder.Services, folders.In("keys"));
}
catch (InvalidDataException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    // A disk that is full or not mounted yet gets better: the service manager starts the box again.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

builder.Services.AddSerilog(log => log.ReadFrom.Configuration(builder.Configuration));
builder
    .Services.AddSingleton(clock)
    .AddSingleton<TimeProvider>(clock)
    .AddSingleton(settings)
    .AddSingleton(settings.Cameras)
    .AddSingleton(settings.Detection)
    .AddSingleton(settings.Evidence)
    .AddSingleton(settings.Recording)
    .AddSingleton(settings.Uplink);
builder.Services.AddSingleton(folders).AddSingleton(_ => store).AddSingleton<BoxHealth>().AddSingleton<EdgeMetrics>();
builder
    .Services.AddSingleton<SiteStore>()
    .AddSingleton<SetupOrders>()
    .AddSingleton<CameraBoard>()
    .AddSingleton<CameraSet>()
    .AddSingleton<EyesRoom>()
    .AddSingleton<FrameRequests>()
    .AddSingleton<KioskKey>()
    .AddSingleton<LobbyEyes>();
builder
    .Services.AddSingleton(_ => identity)
    .AddSingleton<EvidenceUpload>()
    .AddSingleton<OutboxDelivery>()
    .AddSingleton<ChainDelivery>()
    .AddSingleton<LivePush>()
    .AddSingleton<RecallAnswers>()
    .AddSingleton<DismissedLessons>()
    .AddSingleton<SeenLately>()
    .AddSingleton<PublicViews>()
    .AddHostedService(s => s.GetRequiredService<PublicViews>())
    .AddHttpClient();

builder.Services.AddSingleton(s => new Recordings(folders.In("recordings"), s.GetRequiredService<ILogger<Recordings>>()));

// Findings wait for the disk; observations wait for the rules; frames do not wait (FrameInbox).
var observations = Channel.CreateBounded<Observation>(new BoundedChannelOptions(2) { FullMode = BoundedChannelFullMode.Wait });
var orders = Channel.CreateBounded<EvidenceOrder>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.Wait });
builder
    .Services.AddSingleton(observations.Writer)
    .AddSingleton(observations.Reader)
    .AddSingleton(orders.Writer)
    .AddSingleton(orders.Reader);
builder.Services.AddHostedService<CameraService>().AddHostedService<DetectionStage>().AddHostedService<RuleStage>();
builder.Services.AddHostedService<RecordingStage>().AddHostedService<RecordingKeeper>().AddHostedService<EvidenceKeeper>();
builder
    .Services.AddHostedService<EvidenceStage>()
    .AddHostedService<UplinkService>()
    .AddHostedService<SystemdBeat>()
    .AddHostedService<BoxFindings>();
builder.Services.AddHostedService(s => s.GetRequiredService<SetupOrders>());

builder.AddInstaller(settings.Installer, folders);
builder.Services.AddHealthChecks().AddCheck<BoxReadiness>("box", tags: ["ready"]);
builder.Services.AddOpenTelemetry().WithMetrics(m => m.AddMeter(EdgeMetrics.MeterName).AddRuntimeInstrumentation().AddPrometheusExporter());

var app = builder.Build();
try
{
    // Made at the first start, so that the installer finds them.
    _ = app.Services.GetRequiredService<KioskKey>();
    app.Services.GetRequiredService<BoxHealth>().SettingsDamage = app.Services.GetRequiredService<SiteStore>().Damaged;
    _ = app.Services.GetRequiredService<AdminAccess>().Code;
}
catch (InvalidDataException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains("ready") });
app.MapPrometheusScrapingEndpoint();
app.MapLocalApi();
app.MapInstaller(settings.Installer);
try
{
    await app.StartAsync();
}
catch (IOException e)
{
    // A port that another program holds.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

await app.WaitForShutdownAsync();
await alone.DisposeAsync();
return 0;

(BoxFolders Folders, BoxIdentity Identity, EvidenceStore Store) Open()
{
    var opened = new BoxFolders(settings.Data);
    var own = new BoxIdentity(opened, clock);
    return (opened, own, new(opened.In("evidence.db"), clock, new(own.Fingerprint, own.Seal, clock.ToldNow)));
}
