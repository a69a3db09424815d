using BrightKitchen.CentralServer;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.City;
using BrightKitchen.CentralServer.Configuration;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.KeyProtection;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.Live;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Places;
using BrightKitchen.CentralServer.Playback;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Review;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sealing;
using BrightKitchen.CentralServer.Shell;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.CentralServer.Storage;

if (await CommandLine.BeforeAsync(args) is { } done)
    return done;

// Settings and pages are beside the program, whatever the working directory is.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseStaticWebAssets();
if (await CommandLine.FaultAsync(builder.AddCentralServer) is { } fault)
    return fault;
var app = builder.Build();
if (await CommandLine.RunAsync(app, args) is { } ran)
    return ran;
app.UseCentralServer();
app.MapCentralServer();
return await CommandLine.DescribeAsync(app, args) ?? await CommandLine.ServeAsync(app);

namespace BrightKitchen.CentralServer
{
    /// <summary>Composition of the server: one line per capability, lower ones first.</summary>
    internal static class Capabilities
    {
        public static void AddCentralServer(this WebApplicationBuilder builder)
        {
            var (services, configuration) = (builder.Services, builder.Configuration);
            // First, so that errors in the settings are found before anything is opened.
            services.AddServerSettings(configuration);
            builder.AddHosting();
            services.AddDatabase(configuration);
            services.AddKeyProtection(configuration);
            services.AddObjectStore(configuration);
            services.AddNotifications();
            services.AddForms();
            services.AddSealing();
            services.AddSites();
            services.AddAudit(configuration);
            services.AddPeople(configuration);
            services.AddPictures(configuration);
            services.AddDevices(configuration);
            services.AddFindings(configuration);
            services.AddEvidence(configuration);
            services.AddReview();
            services.AddLive();
            services.AddPlayback();
            services.AddCases(configuration);
            services.AddRecords();
            services.AddRisk();
            services.AddCity();
            services.AddIntegration(configuration);
            services.AddPush();
            services.AddKiosks();
            services.AddShell();
        }

        /// <summary>The middleware pipeline; the order matters.</summary>
        public static void UseCentralServer(this WebApplication app)
        {
            // First: requests for live fragments leave the pipeline here.
            app.UseRouting();
            app.UseMetricsAccess();
            app.UseForwardedHeaders();
            app.UseSecurityHeaders();
            app.UseStorageUnavailable();
            PlainText.Use(app);
            app.UseApiFaults();
            app.UseErrorPages();
            FormFaultResult.Use(app);
            // Again, for requests that are re-executed as the not-found page or as the page of a form.
            app.UseRouting();
            app.UseRequestLocalization();
            app.UseAuthentication();
            app.UseAuthorization();
            // Rate limits first: the body of a request over the limit is not read.
            app.UseRateLimiter();
            UploadForm.UseLimits(app);
            PlainText.UseForJson(app);
            app.UseAntiforgery();
            app.UseStaleSignInRedirect();
        }

        public static void MapCentralServer(this WebApplication app)
        {
            app.MapHosting();
            app.MapPeople();
            app.MapPlaces();
            app.MapDevices();
            app.MapFindings();
            app.MapEvidence();
            app.MapReview();
            app.MapLive();
            app.MapPlayback();
            app.MapCases();
            app.MapRecords();
            app.MapRisk();
            app.MapCity();
            app.MapTokens();
            app.MapApi();
            app.MapPush();
            app.MapKiosks();
            app.MapShell();
        }
    }
}
