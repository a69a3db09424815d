using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using BrightKitchen.Fixtures;

namespace BrightKitchen.Demo;

/// <summary>
/// What an installation has and the demo has not: nginx with TLS in front of the server, a city begun by the command, people whom its
/// administrator makes on the pages, and a second factor for officials.
/// </summary>
public sealed partial class ProductionFront : IAsyncDisposable
{
    private const string City = "示范市";
    private const string District = "东城区";
    private const string Township = "河畔镇";
    private const string Site = "第一小学食堂";
    private const string Administrator = "admin";

    // The names that tests know, each with another display name, as people have them.
    private static readonly (string Name, string Shown, string Role, string Place)[] People =
    [
        ("inspector", "检查员 巴图", "inspector", City),
        ("regulator", "监管员 王芳", "regulator", City),
        ("principal", "校长 李老师", "principal", Site),
        ("manager", "食堂管理员", "manager", Site),
        ("parent", "王小明的妈妈 😀", "parent", Site),
    ];

    private readonly NginxServer nginx;
    private readonly Dictionary<string, CookieContainer> sessions = [];

    private ProductionFront(NginxServer nginx, string certificate) => (this.nginx, CertificateFile) = (nginx, certificate);

    public Uri Address => nginx.Address;

    /// <summary>The server's own certificate (PEM): what programs that connect must trust.</summary>
    public string CertificateFile { get; }

    /// <summary>The cookies of somebody who signed in, officials with their second factor.</summary>
    public IReadOnlyList<Cookie> SessionOf(string name) => [.. sessions[name].GetAllCookies().Cast<Cookie>()];

    /// <summary>Begins the city with the shipped command and returns its administrator's password, which is printed once.</summary>
    public static async Task<string> BeginAsync(string data, CancellationToken cancel)
    {
        using var command = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [Repository.Program("CentralServer"), "begin", "--city", City, "--admin", Administrator, "--Data", data]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        var said = await command.StandardOutput.ReadToEndAsync(cancel);
        await command.WaitForExitAsync(cancel);
        return command.ExitCode == 0
            ? said.Trim().Split('\n')[^1]
            : throw new InvalidOperationException($"CentralServer begin failed: {said}");
    }

    /// <param name="folder">For certificate and nginx; deleted with it.</param>
    /// <param name="password">Of the people who are made.</param>
    /// <param name="administrators">What <see cref="BeginAsync"/> printed.</param>
    public static async Task<ProductionFront> StartAsync(
        string folder,
        Uri server,
        string password,
        string administrators,
        CancellationToken cancel
    )
    {
        var (certificate, key) = await CertificateAsync(folder, cancel);
        var front = new ProductionFront(
            await NginxServer.StartAsync(Path.Combine(folder, "nginx"), server, cancel, tls: (certificate, key)),
            certificate
        );
        try
        {
            await front.SettleAsync(password, administrators, cancel);
            return front;
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => nginx.DisposeAsync();

    private async Task SettleAsync(string password, string administrators, CancellationToken cancel)
    {
        using var admin = Client(Administrator);
        await SignInAsync(admin, Administrator, administrators, cancel);
        await SecondFactorAsync(admin, Administrator, administrators, cancel);
        foreach (var (parent, name) in new[] { (City, District), (District, Township) })
            await PostAsync(
                admin,
                "/regions",
                $"/regions/{RegionOf(await admin.GetStringAsync("/regions", cancel), parent)}/regions",
                new() { ["name"] = name },
                "/regions",
                cancel
            );
        await PostAsync(
            admin,
            "/regions",
            $"/regions/{RegionOf(await admin.GetStringAsync("/regions", cancel), Township)}/sites",
            new() { ["name"] = Site, ["kind"] = "school-canteen" },
            "/regions",
            cancel
        );
        foreach (var (name, shown, role, place) in People)
        {
            var page = WebUtility.HtmlDecode(await admin.GetStringAsync("/people", cancel));
            var id = Regex.Match(page, $"<option value=\"([0-9a-f]+)\"[^>]*>{place}</option>").Groups[1].Value;
            await PostAsync(
                admin,
                "/people",
                "/people/new",
                new()
                {
                    ["name"] = name,
                    ["displayName"] = shown,
                    ["password"] = password,
                    ["role"] = role,
                    ["place"] = id,
                },
                "/people",
                cancel
            );
            using var client = Client(name);
            await SignInAsync(client, name, password, cancel);
            if (role is "inspector" or "regulator")
                await SecondFactorAsync(client, name, password, cancel);
        }
    }

    private static async Task SignInAsync(HttpClient client, string name, string password, CancellationToken cancel) =>
        await PostAsync(client, "/sign-in", "/sign-in", new() { ["name"] = name, ["password"] = password }, "/", cancel);

    // Sets it up, then signs in with it: each code is accepted once.
    private static async Task SecondFactorAsync(HttpClient client, string name, string password, CancellationToken cancel)
    {
        await PostAsync(client, "/account", "/account/totp/begin", new() { ["begin"] = "yes" }, "/account", cancel);
        var key = Key().Match(await client.GetStringAsync("/account", cancel)).Groups[1].Value;
        await PostAsync(
            client,
            "/account",
            "/account/totp",
            new() { ["code"] = TotpCode.Of(key, TimeProvider.System.GetUtcNow(), -1) },
            "/account",
            cancel
        );
        await PostAsync(client, "/account", "/sign-out", [], "/sign-in", cancel);
        await PostAsync(
            client,
            "/sign-in",
            "/sign-in",
            new() { ["name"] = name, ["password"] = password },
            "/sign-in/code?returnUrl=%2F",
            cancel
        );
        await PostAsync(
            client,
            "/sign-in/code",
            "/sign-in/code",
            new() { ["code"] = TotpCode.Of(key, TimeProvider.System.GetUtcNow()) },
            "/",
            cancel
        );
    }

    private static async Task PostAsync(
        HttpClient client,
        string page,
        string action,
        Dictionary<string, string> fields,
        string leadsTo,
        CancellationToken cancel
    )
    {
        fields["__RequestVerificationToken"] = Token().Match(await client.GetStringAsync(page, cancel)).Groups[1].Value;
        using var form = new FormUrlEncodedContent(fields);
        using var answer = await client.PostAsync(action, form, cancel);
        if (answer.Headers.Location?.ToString() != leadsTo)
            throw new InvalidOperationException($"{action} answers {(int)answer.StatusCode} {answer.Headers.Location} and not {leadsTo}.");
    }

    // A region's heading comes before the form that adds to it.
    private static string RegionOf(string page, string name) =>
        Regex
            .Match(WebUtility.HtmlDecode(page), $"<h2>{name} .*?action=\"/regions/([0-9a-f]+)/sites\"", RegexOptions.Singleline)
            .Groups[1]
            .Value;

    private HttpClient Client(string name)
    {
        var jar = sessions[name] = new();
        using var own = X509CertificateLoader.LoadCertificateFromFile(CertificateFile);
        var thumbprint = own.Thumbprint;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate is X509Certificate2 { } shown && shown.Thumbprint == thumbprint;
        return new(handler) { BaseAddress = Address };
    }

    private static async Task<(string Certificate, string Key)> CertificateAsync(string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kitchens.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
        var (certificate, secret) = (Path.Combine(folder, "tls.pem"), Path.Combine(folder, "tls.key"));
        await File.WriteAllTextAsync(certificate, made.ExportCertificatePem(), cancel);
        await PrivateFile.WriteAsync(secret, key.ExportPkcs8PrivateKeyPem(), cancel);
        return (certificate, secret);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("<p class=\"digest\">([A-Z2-7]+)</p>")]
    private static partial Regex Key();
}
