using BrightKitchen.CentralServer;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.City;
using BrightKitchen.CentralServer.Configuration;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.KeyProtection;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.Live;
using BrightKitchen.CentralServer.Metrics;
using BrightKitchen.CentralServer.Pages;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Playback;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Review;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.CentralServer.Storage;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Data.Sqlite;

if (Commands.Fault(args) is { } mistake)
{
    await Console.Error.WriteLineAsync(mistake);
    return 2;
}

if (args is ["draw", "--from", var published, .. var rest])
    return await DrawCommand.RunAsync(published, rest is ["--commitment", var noted] ? noted : null);

// Settings and pages lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseStaticWebAssets();
try
{
    builder.AddCentralServer();
}
catch (InvalidDataException e)
{
    await Console.Error.WriteLineAsync($"The settings are wrong; nothing was started:{Environment.NewLine}{e.Message}");
    return 2;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"The folder in 'Data' cannot be used: {e.Message}");
    return 1;
}

var app = builder.Build();

await using (var scope = app.Services.CreateAsyncScope())
{
    if (args is ["restore", "--from", var kept, ..])
        return await BackupCommand.RunAsync(scope.ServiceProvider, app.Configuration, "restore", kept);
    // Before anything is migrated: a backup by a newer program is of what is there.
    if (args is ["backup", "--to", var file, ..])
        return await BackupCommand.RunAsync(scope.ServiceProvider, app.Configuration, "backup", file);
    var db = scope.ServiceProvider.GetRequiredService<CentralDb>();
    if (LostDatabaseCheck.Fault(app.Configuration) is { } lost)
    {
        await Console.Error.WriteLineAsync(lost);
        return 2;
    }

    try
    {
        await Upgrade.RunAsync(db, CancellationToken.None);
    }
    catch (InvalidDataException e)
    {
        await Console.Error.WriteLineAsync(e.Message);
        return 2;
    }
    catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
    {
        // A disk that is full, read-only or not mounted yet gets better: the service manager tries again.
        await Console.Error.WriteLineAsync(
            $"The database cannot be opened or upgraded: {e.Message} Check the folder in 'Data' and its disk; restore a damaged "
                + "database from a backup."
        );
        return 1;
    }

    if (scope.ServiceProvider.GetRequiredService<StoredKeys>().Check() is { } unreadable)
    {
        await Console.Error.WriteLineAsync(unreadable);
        return 2;
    }

    await EventPump.AlignAsync(db, CancellationToken.None);
    if (
        app.Configuration["Demo:Password"] is { Length: > 0 } password
        && await DemoPeople.SeedAsync(scope.ServiceProvider, password) is { } weak
    )
    {
        await Console.Error.WriteLineAsync(weak);
        return 2;
    }

    if (args is ["enrolment-code" or "kiosk-code", ..])
    {
        return await EnrolmentCommand.RunAsync(
            scope.ServiceProvider,
            args[0] == "kiosk-code" ? EnrolmentCode.Kiosk : EnrolmentCode.Box,
            Commands.Option(args, "--site") ?? DemoPeople.SiteName,
            Commands.Option(args, "--region")
        );
    }

    if (args is ["audit-check", ..])
        return await AuditCheckCommand.RunAsync(scope.ServiceProvider);
    if (args is ["seed", ..])
        return await SeedCommand.RunAsync(scope.ServiceProvider, app.Configuration);
    if (args is ["begin", "--city", var city, "--admin", var admin, ..])
    {
        return await FirstAdministrator.MakeAsync(scope.ServiceProvider, city, admin);
    }
}

// First: live fragments leave the pipeline here.
app.UseRouting();
app.UseMetricsAccess();
app.UseForwardedHeaders();
app.UseSecurityHeaders();
app.UseUnavailable();
PlainText.Use(app);

// A program that sends what is no JSON, or other JSON, gets an answer that says so.
app.UseWhen(
    http => http.Request.Path.StartsWithSegments("/api"),
    api =>
        api.UseStatusCodePages(async pages =>
        {
            if (pages.HttpContext.Response.StatusCode == StatusCodes.Status400BadRequest)
                await TypedResults
                    .Problem(
                        $"The request is not what the API's reference describes, or: {PlainText.Detail}",
                        statusCode: StatusCodes.Status400BadRequest
                    )
                    .ExecuteAsync(pages.HttpContext);
        })
);

// People get a page that says what is not there; scripts and boxes get the bare code.
app.UseWhen(
    http => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal),
    pages => pages.UseStatusCodePagesWithReExecute("/missing", createScopeForStatusCodePages: true).UseAnswerPages()
);
BackToForm.Use(app);

// Again, for what is answered by the page of what is missing, or by a form's own.
app.UseRouting();
app.UseRequestLocalization();
app.UseAuthentication();
app.UseAuthorization();

// Limits first: what is over them is not read.
app.UseRateLimiter();
UploadForm.UseLimits(app);
PlainText.UseForJson(app);
app.UseAntiforgery();
app.UseSecondSignIn();
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

// The host stops when a background service fails, and would end with 0, which a service manager takes for a wish.
var services = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
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
return services.Exists(s => s.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
