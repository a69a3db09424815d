using System.Security.Cryptography;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// Sites with an enrolled box and a principal each, put into the server's database, as a thousand forms would take longer than what is
/// measured.
/// </summary>
internal static class BenchCity
{
    public const string Password = "only-for-this-bench";

    public static CentralDb Sqlite(string data) =>
        new(new DbContextOptionsBuilder<CentralDb>().UseSqlite($"Data Source={Path.Combine(data, "central.db")}").Options);

    /// <param name="db">Of a server that has the demo's people.</param>
    public static async Task<IReadOnlyList<BenchBox>> FillAsync(CentralDb db, int sites)
    {
        var township = await db.Regions.SingleAsync(r => r.Name == DemoPeople.TownshipName);
        var model = await db.Users.AsNoTracking().SingleAsync(u => u.UserName == "principal");
        var role = await db.Roles.SingleAsync(r => r.Name == Roles.Principal);
        var boxes = new List<BenchBox>();
        for (var i = 0; i < sites; i++)
        {
            var site = new Site
            {
                Id = Guid.NewGuid().ToString("N"),
                Name = $"bench {i}",
                RegionId = township.Id,
                RegionPath = township.Path,
            };
            var box = new BenchBox(Guid.NewGuid().ToString("N"));
            // Everybody's password is the demo's: hashing another 300 would only take time.
            var person = new Person
            {
                UserName = Principal(i),
                NormalizedUserName = Principal(i).ToUpperInvariant(),
                DisplayName = Principal(i),
                PasswordHash = model.PasswordHash,
                SecurityStamp = Guid.NewGuid().ToString("N"),
            };
            db.AddRange(
                site,
                new Box
                {
                    Id = box.Id,
                    SiteId = site.Id,
                    Name = "bench",
                    PublicKey = box.PublicKey,
                    EnrolledAt = TimeProvider.System.GetUtcNow(),
                },
                person,
                new IdentityUserRole<string> { UserId = person.Id, RoleId = role.Id },
                new Grant
                {
                    Id = Guid.NewGuid().ToString("N"),
                    PersonId = person.Id,
                    SiteId = site.Id,
                }
            );
            boxes.Add(box);
        }

        await db.SaveChangesAsync();
        return boxes;
    }

    public static string Principal(int i) => $"principal-{i}";

    public static async Task<HttpClient> SignInAsync(Uri server, string name, System.Net.CookieContainer? cookies = null)
    {
        var client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                MaxConnectionsPerServer = 100,
                CookieContainer = cookies ?? new(),
            }
        )
        {
            BaseAddress = server,
            Timeout = TimeSpan.FromMinutes(5),
        };
        var page = await client.GetStringAsync("/sign-in");
        var token = System
            .Text.RegularExpressions.Regex.Match(page, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")
            .Groups[1]
            .Value;
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["__RequestVerificationToken"] = token,
                ["name"] = name,
                ["password"] = Password,
            }
        );
        using var answer = await client.PostAsync("/sign-in", form);
        return answer.Headers.Location?.ToString() == "/"
            ? client
            : throw new InvalidOperationException($"{name} cannot sign in: {answer.StatusCode} {answer.Headers.Location}");
    }
}

/// <summary>A box as the server knows it.</summary>
internal sealed class BenchBox(string id) : IAsyncDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private HubConnection? hub;

    public string Id => id;

    public string PublicKey => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    public async Task ConnectAsync(Uri server)
    {
        hub = new HubConnectionBuilder()
            .WithUrl(new Uri(server, BoxRoutes.Hub), http =>
            {
                http.AccessTokenProvider = () => Task.FromResult<string?>(Token());
                http.SkipNegotiation = true;
                http.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
            })
            .Build();
        await hub.StartAsync();
    }

    public Task ReportAsync(FindingReport finding) => hub!.InvokeAsync(nameof(IBoxHub.ReportFinding), finding);

    public Task ReportCameraAsync(CameraId camera) =>
        hub!.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { new CameraHealth(camera, camera.Value, CameraStates.Live, "", TimeProvider.System.GetUtcNow()) }
        );

    public async Task PutAsync(HttpClient client, string route, byte[] bytes, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, route) { Content = new ByteArrayContent(bytes) };
        request.Headers.Authorization = new("Bearer", Token());
        (await client.SendAsync(request, cancel)).EnsureSuccessStatusCode();
    }

    public async Task UploadAsync(HttpClient client, FindingId finding, EvidencePart part, byte[] bytes, string sha256)
    {
        for (var offset = 0; offset < bytes.Length; )
        {
            var piece = bytes.AsMemory(offset, Math.Min(1 << 20, bytes.Length - offset));
            using var request = new HttpRequestMessage(HttpMethod.Patch, BoxRoutes.Evidence(finding.ToString(), part))
            {
                Content = new ReadOnlyMemoryContent(piece),
            };
            request.Headers.Authorization = new("Bearer", Token());
            request.Headers.Add(BoxRoutes.OffsetHeader, offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
            request.Headers.Add(BoxRoutes.LengthHeader, bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
            request.Headers.Add(BoxRoutes.DigestHeader, sha256);
            (await client.SendAsync(request)).EnsureSuccessStatusCode();
            offset += piece.Length;
        }
    }

    public static FindingReport Finding()
    {
        var now = TimeProvider.System.GetUtcNow();
        return new(
            FindingId.New(now),
            CameraId.Parse("line", null),
            "serving",
            FindingKinds.NoMask,
            now,
            null,
            0.9f,
            ["person 1", "face 1"],
            [new("face", 0.9f, 0.1f, 0.1f, 0.1f, 0.1f)]
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (hub is not null)
            await hub.DisposeAsync();
        key.Dispose();
    }

    private string Token()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = id,
                Audience = BoxRoutes.Audience,
                NotBefore = now,
                Expires = now + TimeSpan.FromMinutes(5),
                SigningCredentials = new(new ECDsaSecurityKey(key), SecurityAlgorithms.EcdsaSha256),
            }
        );
    }
}
