using BrightKitchen.CentralServer;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.City;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.Live;
using BrightKitchen.CentralServer.Pages;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Playback;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Review;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.EntityFrameworkCore;

if (args is ["draw", "--seed", var seed, "--from", var published])
    return await DrawCommand.RunAsync(seed, published);

// Settings and pages lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseStaticWebAssets();
builder.AddCentralServer();
var app = builder.Build();

await using (var scope = app.Services.CreateAsyncScope())
{
    if (args is ["restore", "--from", var kept, ..])
        return await BackupCommand.RunAsync(scope.ServiceProvider, app.Configuration, "restore", kept);
    await scope.ServiceProvider.GetRequiredService<CentralDb>().Database.MigrateAsync();
    if (app.Configuration["Demo:Password"] is { Length: > 0 } password)
        await DemoPeople.SeedAsync(scope.ServiceProvider, password);
    if (args is ["enrolment-code" or "kiosk-code", ..])
    {
        await EnrolmentCommand.RunAsync(scope.ServiceProvider, args[0] == "kiosk-code" ? EnrolmentCode.Kiosk : EnrolmentCode.Box, args is [_, "--site", var site, ..] ? site : DemoPeople.SiteName, args is [_, _, _, "--region", var region, ..] ? region : null);
        return 0;
    }

    if (args is ["backup", "--to", var file, ..])
        return await BackupCommand.RunAsync(scope.ServiceProvider, app.Configuration, "backup", file);
    if (args is ["seed", ..])
        return await SeedCommand.RunAsync(scope.ServiceProvider, app.Configuration);
    if (args is ["begin", "--city", var city, "--admin", var admin, ..])
    {
        return await FirstAdministrator.MakeAsync(scope.ServiceProvider, city, admin);
    }
}

// First: live fragments leave the pipeline here.
app.UseRouting();
app.UseForwardedHeaders();
app.UseSecurityHeaders();
// People get a page that says what is not there; scripts and boxes get the bare code.
app.UseWhen(
    http => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal),
    pages => pages.UseStatusCodePagesWithReExecute("/missing", createScopeForStatusCodePages: true));
// Again, for what is answered by the page of what is missing.
app.UseRouting();
app.UseRequestLocalization();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();
app.UseRateLimiter();
app.MapStaticAssets().AllowAnonymous();
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
app.MapHealthChecks("/health/ready").AllowAnonymous();
app.MapPrometheusScrapingEndpoint().AllowAnonymous();
app.MapPeople();
app.MapDevices();
app.MapFindings();
app.MapLive();
app.MapPlayback();
app.MapReview();
app.MapCity();
app.MapCases();
app.MapSites();
app.MapRisk();
app.MapRecords();
app.MapTokens();
app.MapPush();
app.MapKiosks();
app.MapApi();
app.MapRazorComponents<App>();
if (args is ["endpoints", ..])
{
    foreach (var line in EndpointTable.Of(app))
        Console.WriteLine(line);
    return 0;
}

if (args is ["openapi" or "api-reference", ..])
{
    // Endpoints are described once the server has started.
    app.Urls.Add("http://127.0.0.1:0");
    await app.StartAsync();
    var document = await ApiReference.DocumentAsync(app.Services, CancellationToken.None);
    Console.WriteLine(args[0] == "openapi" ? document : ApiReference.Of(document).Markdown());
    await app.StopAsync();
    return 0;
}

await app.RunAsync();
return 0;
