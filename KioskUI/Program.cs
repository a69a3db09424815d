using System.Globalization;
using System.Net.Sockets;
using BrightKitchen.KioskUI;
using BrightKitchen.KioskUI.Box;
using BrightKitchen.KioskUI.Staff;
using BrightKitchen.KioskUI.Store;
using BrightKitchen.KioskUI.Wall;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Localization;
using OpenTelemetry.Metrics;
using Serilog;

// Settings and pages are beside the program, whatever the working directory is.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseStaticWebAssets();
builder.Services.AddSerilog(log => log.ReadFrom.Configuration(builder.Configuration));
try
{
    var settings = KioskSettings.Read(builder.Configuration);
    builder.Services.AddKitchenBox(settings.Agent, settings.AgentKey);
    builder.Services.AddKiosk(settings);
}
catch (InvalidDataException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

builder.Services.AddHealthChecks().AddCheck<ScreenCheck>("screen");
builder.Services.AddOpenTelemetry().WithMetrics(m => m.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());
builder.Services.AddLocalization();
builder.Services.AddRazorComponents();
builder.Services.Configure<RequestLocalizationOptions>(options =>
{
    List<CultureInfo> cultures = [.. Languages.All.Select(CultureInfo.GetCultureInfo)];
    options.DefaultRequestCulture = new(cultures[0]);
    options.SupportedCultures = options.SupportedUICultures = cultures;
    options.RequestCultureProviders = [new QueryStringRequestCultureProvider()];
});

var app = builder.Build();
app.UseKioskHeaders();
app.UseRequestLocalization();
app.UseAntiforgery();
app.MapStaticAssets();
app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
app.MapHealthChecks("/health/ready", new() { Predicate = _ => false });
app.MapHealthChecks("/health/screen");
app.MapPrometheusScrapingEndpoint();
app.MapKitchenBox();
app.MapDay();
app.MapStaff();
app.MapRazorComponents<WallPage>();
try
{
    // A second kiosk with the same data folder fails here, before it binds the port.
    _ = app.Services.GetRequiredService<KioskStore>();
    await app.StartAsync();
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

await app.WaitForShutdownAsync();
await app.DisposeAsync();
return 0;
