using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Sealing;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What a box says to the server, word for word.</summary>
public sealed class TestBox(Uri server) : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The same box, with its key, at another server.</summary>
    public TestBox At(Uri other)
    {
        var moved = new TestBox(other) { Id = Id };
        moved.key.ImportParameters(key.ExportParameters(includePrivateParameters: true));
        return moved;
    }

    public string Id { get; set; } = Guid.NewGuid().ToString("N");

    public Uri Server => server;

    public string PublicKey => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    public string Token(TimeSpan? life = null, string audience = BoxRoutes.Audience, TimeSpan? ago = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime - (ago ?? TimeSpan.Zero);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = Id,
                Audience = audience,
                NotBefore = now,
                Expires = now + (life ?? TimeSpan.FromMinutes(5)),
                // Not kept for another box with the same key, which outlives this one.
                SigningCredentials = new(
                    new ECDsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } },
                    SecurityAlgorithms.EcdsaSha256
                ),
            }
        );
    }

    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token ?? Token());
        return client;
    }

    /// <summary>A connection to the hub, started.</summary>
    public async Task<HubConnection> ConnectAsync()
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(server, BoxRoutes.Hub), http => http.AccessTokenProvider = () => Task.FromResult<string?>(Token()))
            .Build();
        await hub.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    /// <summary>Sends one piece of a part.</summary>
    /// <param name="body">What is sent as the request's body.</param>
    public async Task<HttpResponseMessage> SendAsync(
        FindingId finding,
        EvidencePart part,
        HttpContent body,
        long offset,
        long length,
        string sha256
    )
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Patch, BoxRoutes.Evidence(finding.ToString(), part)) { Content = body };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add(BoxRoutes.OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(BoxRoutes.LengthHeader, length.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(BoxRoutes.DigestHeader, sha256);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>How much of a part the server has.</summary>
    public async Task<long> OffsetAsync(FindingId finding, EvidencePart part)
    {
        using var client = Client();
        using var answer = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, BoxRoutes.Evidence(finding.ToString(), part)),
            TestContext.Current.CancellationToken
        );
        answer.EnsureSuccessStatusCode();
        return long.Parse(answer.Headers.GetValues(BoxRoutes.OffsetHeader).Single(), CultureInfo.InvariantCulture);
    }

    public static FindingReport Finding(DateTimeOffset? at = null) =>
        new(
            FindingId.New(at ?? TimeProvider.System.GetUtcNow()),
            CameraId.Parse("line", null),
            "zone",
            FindingKinds.NoMask,
            at ?? TimeProvider.System.GetUtcNow(),
            null,
            0.9f,
            ["face 1"],
            [new("face", 0.9f, 0.1f, 0.1f, 0.1f, 0.1f)]
        );

    /// <summary>An entry of this box's chain.</summary>
    public string Sign(long number, string before, FindingReport finding, IReadOnlyList<SealedPart> parts) =>
        Jws.Sign(
            new Manifest(Jws.Fingerprint(key), number, before, ManifestKinds.Evidence, TimeProvider.System.GetUtcNow(), finding, parts),
            key
        );

    public void Dispose() => key.Dispose();
}
