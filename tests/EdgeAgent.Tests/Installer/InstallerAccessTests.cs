using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Installer;

/// <summary>The shipped box as a process: who gets to its own page, and who does not.</summary>
public sealed class InstallerAccessTests(Temporary temporary)
{
    private const string Secret = "never/told 7";
    private static readonly (string Method, string Path)[] Endpoints =
    [
        ("GET", "state"),
        ("POST", "find"),
        ("POST", "onvif"),
        ("POST", "test"),
        ("PUT", "cameras/x"),
        ("DELETE", "cameras/x"),
        ("GET", "cameras/x/still"),
        ("POST", "cameras/x/view"),
        ("PUT", "rules"),
        ("PUT", "time"),
        ("POST", "back"),
        ("POST", "zones/x/examples"),
        ("DELETE", "zones/x"),
        ("POST", "sign-out"),
    ];

    private readonly string folder = temporary.Folder();
    private readonly Uri plain = new($"http://127.0.0.1:{LoopbackPort.Free()}");
    private readonly Uri page = new($"https://127.0.0.1:{LoopbackPort.Free()}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_who_knows_the_code_gets_in_and_only_from_the_page_itself()
    {
        await using var box = await StartAsync();
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => IsTheBoxs(shown);
        using var client = new HttpClient(handler);
        foreach (var (method, path) in Endpoints)
            (await AskAsync(client, method, path)).ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path} without the code");
        (await AskAsync(client, "POST", "sign-in", new { Code = (string?)null })).ShouldBe(HttpStatusCode.Unauthorized);
        (await AskAsync(client, "POST", "sign-in", new { Code = Code })).ShouldBe(HttpStatusCode.NoContent);
        (await AskAsync(client, "GET", "state")).ShouldBe(HttpStatusCode.OK);

        // Another host's name, another page's form, or without https: not this way.
        (await AskAsync(client, "GET", "state", host: "evil.example")).ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync(client, "PUT", "time", new { Zone = "UTC" }, origin: "https://evil.example")).ShouldBe(HttpStatusCode.Forbidden);
        using (var bare = await client.GetAsync(new Uri(plain, "/installer/"), Cancel))
            bare.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using (var metrics = await client.GetAsync(new Uri(page, "/metrics"), Cancel))
            metrics.StatusCode.ShouldBe(HttpStatusCode.NotFound, "the site's network reads no metrics");
        using (var metrics = await client.GetAsync(new Uri(plain, "/metrics"), Cancel))
            metrics.StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var shown = await client.GetAsync(new Uri(page, "/installer/"), Cancel))
        {
            shown.StatusCode.ShouldBe(HttpStatusCode.OK);
            shown.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        }

        (await client.GetStringAsync(Api("state"), Cancel)).ShouldNotContain(Secret);
        (await AskAsync(client, "POST", "sign-out")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(client, "GET", "state")).ShouldBe(HttpStatusCode.Unauthorized);
        for (var i = 0; i < 10; i++)
            await AskAsync(client, "POST", "sign-in", new { Code = $"WRON-GCOD-E{i}" });
        (await AskAsync(client, "POST", "sign-in", new { Code = Code })).ShouldBe(HttpStatusCode.TooManyRequests);
        (await File.ReadAllTextAsync(box.LogFile, Cancel)).ShouldNotContain(Code);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_and_changes_nothing_and_a_kept_password_goes_to_no_other_host()
    {
        await using var box = await StartAsync();
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => IsTheBoxs(shown);
        using var client = new HttpClient(handler);
        await AskAsync(client, "POST", "sign-in", new { Code = Code });
        var random = new Random(3);
        foreach (var (method, path) in Endpoints.Where(e => e.Method != "GET" && e.Path is not ("sign-out" or "find" or "back")))
        {
            for (var i = 0; i < 40; i++)
                (
                    (int)
                        await AskAsync(
                            client,
                            method,
                            path.Replace("/x", "/" + Odd(random), StringComparison.Ordinal),
                            body: Odd(random, 200)
                        )
                ).ShouldBeLessThan(500, $"{method} {path}");
        }

        (await AskAsync(client, "PUT", "cameras/line", new { Name = "a", Url = "http://127.0.0.1:9/x" })).ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await AskAsync(client, "PUT", "rules", new[] { new { Camera = "line", Kind = "smoking" } })).ShouldBe(HttpStatusCode.BadRequest);
        (
            await AskAsync(
                client,
                "POST",
                "zones/..%2f..%2fbox/examples",
                new
                {
                    Camera = "line",
                    State = "open",
                    X = 0,
                    Y = 0,
                    Width = 1,
                    Height = 1,
                }
            )
        ).ShouldBeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.NotFound);
        JsonElement Line() =>
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "data", "site.json"))).RootElement.GetProperty("cameras")[0];

        // No password said: the kept one, on the same host only.
        (
            await AskAsync(
                client,
                "PUT",
                "cameras/line",
                new
                {
                    Name = "Line",
                    Url = "rtsp://127.0.0.1:9/other",
                    User = "viewer",
                }
            )
        ).ShouldBe(HttpStatusCode.NoContent);
        Line().GetProperty("password").GetString().ShouldNotBeNull();
        (
            await AskAsync(
                client,
                "PUT",
                "cameras/line",
                new
                {
                    Name = "Line",
                    Url = "rtsp://192.0.2.7/other",
                    User = "viewer",
                }
            )
        ).ShouldBe(HttpStatusCode.NoContent);
        Line().GetProperty("password").GetString().ShouldBeNull();
        // An address with user and password in it, as it is pasted, is taken apart.
        (await AskAsync(client, "PUT", "cameras/line", new { Name = "Line", Url = "rtsp://user:pw-9@192.0.2.7/x" })).ShouldBe(
            HttpStatusCode.NoContent
        );
        (Line().GetProperty("url").GetString(), Line().GetProperty("user").GetString()).ShouldBe(("rtsp://192.0.2.7:554/x", "user"));
        Line().GetRawText().ShouldNotContain("pw-9");
        box.Running.ShouldBeTrue();
        (await client.GetAsync(new Uri(plain, "/health/live"), Cancel)).IsSuccessStatusCode.ShouldBeTrue();
    }

    private string Code => File.ReadAllText(Path.Combine(folder, "data", "admin.code")).Trim();

    // The certificate is nobody's but the box's own, as an installer compares it by its fingerprint.
    private bool IsTheBoxs(X509Certificate? shown)
    {
        using var own = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "data", "installer.pem"));
        return shown is not null && own.RawDataMemory.Span.SequenceEqual(shown.GetRawCertData());
    }

    private Uri Api(string path) => new(page, "/installer/api/" + path);

    private async Task<HttpStatusCode> AskAsync(
        HttpClient client,
        string method,
        string path,
        object? json = null,
        string? body = null,
        string? host = null,
        string? origin = null
    )
    {
        using var request = new HttpRequestMessage(new(method), Api(path));
        if (method != "GET")
            request.Content = new StringContent(body ?? JsonSerializer.Serialize(json ?? new { }), Encoding.UTF8, "application/json");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var answer = await client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }

    private async Task<Child> StartAsync()
    {
        var settings = Path.Combine(folder, "box.json");
        await File.WriteAllTextAsync(
            settings,
            JsonSerializer.Serialize(
                new
                {
                    Box = new
                    {
                        Data = Path.Combine(folder, "data"),
                        Detection = new { Repository.Models, Workers = 1 },
                        Installer = new { page.Port },
                        Cameras = new
                        {
                            Cameras = new[]
                            {
                                new
                                {
                                    Id = "line",
                                    Url = "rtsp://127.0.0.1:9/x",
                                    User = "viewer",
                                    Password = Secret,
                                },
                            },
                        },
                    },
                }
            ),
            Cancel
        );
        var box = Child.Dotnet("EdgeAgent", Path.Combine(folder, "box.log"), ["--urls", plain.ToString(), "--settings", settings]);
        await box.AnswersAsync(new(plain, "/health/live"), TimeSpan.FromSeconds(60), Cancel);
        return box;
    }

    private static string Odd(Random random, int longest = 12)
    {
        const string signs = "{}[]\":,.0123456789-eEtruefalsnul\\ /<>%abcXYZé中\u0000";
        return string.Concat(Enumerable.Range(0, random.Next(1, longest)).Select(_ => signs[random.Next(signs.Length)]))
            .Replace("/", "%2f", StringComparison.Ordinal)
            .Replace("%", "%25", StringComparison.Ordinal);
    }
}
