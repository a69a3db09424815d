using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Tests;
using BrightKitchen.Contracts;
using BrightKitchen.KitchenStack;

[assembly: SupportedOSPlatform("linux")]
[assembly: AssemblyFixture(typeof(RunningServer))]

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The server as a process of its own, with a new SQLite file; shared by the tests, each with its own boxes.</summary>
public sealed partial class RunningServer : IAsyncLifetime
{
    private const string Password = "only-for-these-tests";
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-server-").FullName;

    public CentralServerProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Process = await CentralServerProcess.StartAsync(
        Path.Combine(folder, "data"), Path.Combine(folder, "server.log"), LoopbackPort.Free(), Password, TestContext.Current.CancellationToken,
        "--Enrolment:TriesPerMinute", "1000");

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        Directory.Delete(folder, true);
    }

    /// <summary>A client that keeps cookies and follows no redirection.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Process.Address };

    /// <summary>A client with somebody of the demo signed in.</summary>
    public async Task<HttpClient> SignInAsync(string name)
    {
        var client = Client();
        var answer = await PostFormAsync(client, "/sign-in", "/sign-in", new() { ["name"] = name, ["password"] = Password });
        answer.Headers.Location?.ToString().ShouldBe("/");
        return client;
    }

    /// <summary>Posts a form with the token of the page that carries it.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(HttpClient client, string page, string action, Dictionary<string, string> fields)
    {
        var cancel = TestContext.Current.CancellationToken;
        fields["__RequestVerificationToken"] = Token().Match(await client.GetStringAsync(page, cancel)).Groups[1].Value;
        return await client.PostAsync(action, new FormUrlEncodedContent(fields), cancel);
    }

    /// <summary>A box that has enrolled.</summary>
    public async Task<TestBox> BoxAsync(string? site = null)
    {
        var box = new TestBox(Process.Address);
        var answer = await EnrolAsync(await Process.EnrolmentCodeAsync(TestContext.Current.CancellationToken, site), box);
        answer.EnsureSuccessStatusCode();
        box.Id = (await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(TestContext.Current.CancellationToken))!.BoxId;
        return box;
    }

    public async Task<HttpResponseMessage> EnrolAsync(string code, TestBox box)
    {
        using var client = Client();
        return await client.PostAsJsonAsync(BoxRoutes.Enrol, new EnrolmentRequest(code, box.PublicKey, "test box"), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
