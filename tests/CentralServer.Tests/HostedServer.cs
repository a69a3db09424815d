using System.Net;
using System.Security.Claims;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Seeding;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// The server's own services and sign-in endpoints in this process, on Kestrel and with a clock that a test moves. <c>/form</c> gives an
/// antiforgery token, <c>/who</c> says who is signed in and how.
/// </summary>
public sealed class HostedServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-hosted-").FullName;
    private readonly WebApplication app;

    private HostedServer(RunningServer shared, FakeTimeProvider time, IEnumerable<string> arguments)
    {
        Time = time;
        var builder = WebApplication.CreateBuilder([
            "--Data",
            Path.Combine(folder, "data"),
            "--urls",
            "http://127.0.0.1:0",
            "--Demo:Password",
            RunningServer.Password,
            .. shared.DatabaseArguments(),
            .. arguments,
        ]);
        builder.AddCentralServer();
        builder.Services.AddSingleton<TimeProvider>(time);
        app = builder.Build();
    }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => app.Services;

    public static async Task<HostedServer> StartAsync(RunningServer shared, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(shared);
        var server = new HostedServer(shared, new FakeTimeProvider(TimeProvider.System.GetUtcNow()), arguments);
        await using (var scope = server.app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<CentralDb>().Database.MigrateAsync();
            (await DemoPeople.SeedAsync(scope.ServiceProvider, RunningServer.Password)).ShouldBeNull();
        }

        server.app.UseRouting();
        server.app.UseForwardedHeaders();
        server.app.UseAuthentication();
        server.app.UseAuthorization();
        server.app.UseRateLimiter();
        server.app.UseAntiforgery();
        server.app.MapPeople();
        server
            .app.MapGet("/form", (HttpContext http, IAntiforgery forms) =>
                Results.Text($"name=\"__RequestVerificationToken\" value=\"{forms.GetAndStoreTokens(http).RequestToken}\"")
            )
            .AllowAnonymous();
        server.app.MapGet("/who", (ClaimsPrincipal who) =>
            $"{who.Identity?.Name} {string.Join(',', who.FindAll("amr").Select(c => c.Value))}"
        );
        await server.app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>A client with cookies, from an address of its own.</summary>
    /// <param name="from">What the proxy says that the client's address is.</param>
    public HttpClient Client(string from = "203.0.113.1", CookieContainer? jar = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar ?? new() })
        {
            BaseAddress = new(app.Urls.First()),
        };
        client.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        return client;
    }

    /// <summary>Where a sign-in leads, with the fault in its query where there is one.</summary>
    public static async Task<string> SignInAsync(HttpClient client, string name, string password = RunningServer.Password) =>
        (
            await RunningServer.PostFormAsync(client, "/form", "/sign-in", new() { ["name"] = name, ["password"] = password })
        ).Headers.Location!.ToString();

    /// <summary>Posts a form of this server.</summary>
    public static Task<HttpResponseMessage> PostAsync(HttpClient client, string action, Dictionary<string, string> fields) =>
        RunningServer.PostFormAsync(client, "/form", action, fields);

    /// <summary>Uses a service of the server.</summary>
    public async Task<T> WithAsync<TService, T>(Func<TService, Task<T>> use)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(use);
        await using var scope = app.Services.CreateAsyncScope();
        return await use(scope.ServiceProvider.GetRequiredService<TService>());
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, true);
    }
}
