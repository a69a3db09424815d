using System.Net.Sockets;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Configuration;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.KeyProtection;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Seeding;
using Microsoft.Data.Sqlite;

namespace BrightKitchen.CentralServer;

/// <summary>
/// Runs the command that the program was called with: one of <see cref="Commands"/>, or serving. Each step returns the exit code, or null
/// to continue with the next step.
/// </summary>
internal static class CommandLine
{
    /// <summary>Handles what needs no services: errors in the arguments, and verifying a published draw.</summary>
    public static async Task<int?> BeforeAsync(string[] args)
    {
        if (Commands.Fault(args) is { } mistake)
        {
            await Console.Error.WriteLineAsync(mistake);
            return 2;
        }

        return args is ["draw", "--from", var published, .. var rest]
            ? await DrawCommand.RunAsync(published, rest is ["--commitment", var noted] ? noted : null)
            : null;
    }

    /// <summary>
    /// Registers the services; on invalid settings, or if the data folder cannot be used, reports why and returns the exit code.
    /// </summary>
    public static async Task<int?> FaultAsync(Action make)
    {
        try
        {
            make();
            return null;
        }
        catch (InvalidDataException e)
        {
            await Console.Error.WriteLineAsync($"The settings are invalid; nothing was started:{Environment.NewLine}{e.Message}");
            return 2;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The folder in 'Data' cannot be used: {e.Message}");
            return 1;
        }
    }

    /// <summary>Checks and migrates the database, and runs the command if there is one.</summary>
    public static async Task<int?> RunAsync(WebApplication app, string[] args)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        if (args is ["restore", "--from", var archive, ..])
            return await BackupCommand.RunAsync(services, app.Configuration, "restore", archive);
        // Before any migration, so that a backup made with a newer program contains the database as it is.
        if (args is ["backup", "--to", var file, ..])
            return await BackupCommand.RunAsync(services, app.Configuration, "backup", file);
        if (await OpenAsync(services, app.Configuration) is { } fault)
            return fault;
        return args switch
        {
            ["enrolment-code" or "kiosk-code", ..] => await EnrolmentCommand.RunAsync(
                services,
                args[0] == "kiosk-code" ? EnrolmentCode.Kiosk : EnrolmentCode.Box,
                Commands.Option(args, "--site") ?? DemoPeople.SiteName,
                Commands.Option(args, "--region")
            ),
            ["audit-check", ..] => await AuditCheckCommand.RunAsync(services),
            ["seed", ..] => await SeedCommand.RunAsync(services, app.Configuration),
            ["begin", "--city", var city, "--admin", var admin, ..] => await FirstAdministrator.MakeAsync(services, city, admin),
            _ => null,
        };
    }

    /// <summary>Prints the endpoints, the OpenAPI document or the API reference if that is the command.</summary>
    public static async Task<int?> DescribeAsync(WebApplication app, string[] args)
    {
        switch (args)
        {
            case ["endpoints", ..]:
                foreach (var line in EndpointTable.Of(app))
                    Console.WriteLine(line);
                return 0;
            case ["openapi" or "api-reference", ..]:
                // Endpoints can be described only after the server has started.
                app.Urls.Add("http://127.0.0.1:0");
                await app.StartAsync();
                var document = await ApiReference.DocumentAsync(app.Services, CancellationToken.None);
                Console.WriteLine(args[0] == "openapi" ? document : ApiReference.Of(document).Markdown());
                await app.StopAsync();
                return 0;
            default:
                return null;
        }
    }

    public static async Task<int> ServeAsync(WebApplication app)
    {
        // The host stops when a background service fails but exits with 0, which a service manager takes for an intended stop.
        var services = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // For example, the port is in use or may not be bound by this user.
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }

        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return services.Exists(s => s.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
    }

    private static async Task<int?> OpenAsync(IServiceProvider services, IConfiguration configuration)
    {
        var db = services.GetRequiredService<CentralDb>();
        if (LostDatabaseCheck.Fault(configuration) is { } lost)
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
            // A disk that is full, read-only or not mounted yet may recover: with exit code 1 the service manager tries again.
            await Console.Error.WriteLineAsync(
                $"The database cannot be opened or upgraded: {e.Message} Check the folder in 'Data' and its disk; restore a "
                    + "damaged database from a backup, into an empty folder."
            );
            return 1;
        }

        if (services.GetRequiredService<StoredKeys>().Check() is { } unreadable)
        {
            await Console.Error.WriteLineAsync(unreadable);
            return 2;
        }

        await EventDispatcher.AlignAsync(db, CancellationToken.None);
        if (configuration["Demo:Password"] is { Length: > 0 } password && await DemoPeople.SeedAsync(services, password) is { } weak)
        {
            await Console.Error.WriteLineAsync(weak);
            return 2;
        }

        return null;
    }
}
