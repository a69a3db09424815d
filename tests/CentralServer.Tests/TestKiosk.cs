using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Sealing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What a kiosk says to the server, word for word.</summary>
internal sealed class TestKiosk(Uri address) : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public string Id { get; set; } = "";

    public string PublicKey => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    public async Task EnrolAsync(string code)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address };
        var answer = await client.PostAsJsonAsync(KioskRoutes.Enrol, new EnrolmentRequest(code, PublicKey, "lobby"), Cancel);
        Id = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<EnrolmentAnswer>(Cancel))!.BoxId;
    }

    public Task<HttpResponseMessage> GetAsync(
        string path,
        string audience = KioskRoutes.Audience,
        TimeSpan ago = default,
        TimeSpan? life = null
    ) => SendAsync(HttpMethod.Get, path, null, audience, ago, life);

    public Task<HttpResponseMessage> PutAsync(string path, byte[] bytes) => SendAsync(HttpMethod.Put, path, new ByteArrayContent(bytes));

    public Task<HttpResponseMessage> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body));

    public async Task<KioskSite> SiteAsync() =>
        (await (await GetAsync(KioskRoutes.Site)).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<KioskSite>(Cancel))!;

    public async Task<KioskEntryOutcome> TakeAsync(KioskEntry entry) =>
        (
            await (await PostAsync(KioskRoutes.Entries, entry))
                .EnsureSuccessStatusCode()
                .Content.ReadFromJsonAsync<KioskEntryOutcome>(Cancel)
        )!;

    public void Dispose() => key.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        string audience = KioskRoutes.Audience,
        TimeSpan ago = default,
        TimeSpan? life = null
    )
    {
        var from = TimeProvider.System.GetUtcNow() - ago;
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            Jws.Sign(
                new DeviceClaims(Id, audience, from.ToUnixTimeSeconds(), (from + (life ?? TimeSpan.FromMinutes(5))).ToUnixTimeSeconds()),
                key
            )
        );
        using var request = new HttpRequestMessage(method, path) { Content = content };
        return await client.SendAsync(request, Cancel);
    }
}
