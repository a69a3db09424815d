using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Push;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Who is told by Web Push, and what the push service learns; it is a web server of the test's own.</summary>
public sealed class PushTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_parent_is_woken_by_the_answer_with_an_empty_message_that_is_signed_and_reads_it_from_the_server()
    {
        var received = new ConcurrentQueue<(string Path, string Authorization, string Ttl, long Length)>();
        await using var service = await OtherSystem.StartAsync(http =>
        {
            received.Enqueue(
                (
                    http.Request.Path,
                    http.Request.Headers.Authorization.ToString(),
                    http.Request.Headers["TTL"].ToString(),
                    http.Request.ContentLength ?? 0
                )
            );
            http.Response.StatusCode = StatusCodes.Status201Created;
            return Task.CompletedTask;
        });
        var (origin, mine, other) = (service.Urls.First(), Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        // Of this test alone: the demo's people are told of other tests' answers and alarms too.
        var site = await server.OwnSiteAsync();
        using var parent = await server.PersonAsync(Roles.Parent, site);
        using var principal = await server.PersonAsync(Roles.Principal, site);
        var page = await parent.GetStringAsync("/school", Cancel);
        var key = System.Text.RegularExpressions.Regex.Match(page, "data-push=\"([^\"]+)\"").Groups[1].Value;
        await SubscribeAsync(parent, page, $"{origin}/{mine}", HttpStatusCode.NoContent);
        await SubscribeAsync(principal, await principal.GetStringAsync("/today", Cancel), $"{origin}/{other}", HttpStatusCode.NoContent);
        var answer = $"已核实 {Guid.NewGuid():N}";
        await AnswerAsync(await ReportAsync(parent, site), site, answer);

        await Until.Async(() => received.Any(r => r.Path == $"/{mine}"));
        var (_, authorization, ttl, length) = received.Single(r => r.Path == $"/{mine}");
        (ttl, length).ShouldBe(("86400", 0L));
        received.ShouldNotContain(r => r.Path == $"/{other}", "it concerns nobody else");
        await CheckAsync(authorization, key, origin);
        (await parent.GetFromJsonAsync<JsonElement>("/push/news", Cancel)).GetProperty("body").GetString().ShouldBe(answer);

        await SubscribeAsync(parent, page, $"{origin}/{mine}", HttpStatusCode.NoContent, wanted: false);
        await SubscribeAsync(
            principal,
            await principal.GetStringAsync("/today", Cancel),
            $"{origin}/{other}",
            HttpStatusCode.NoContent,
            wanted: false
        );
        string[] ids = [IdOf($"{origin}/{mine}"), IdOf($"{origin}/{other}")];
        (await server.WithDbAsync(db => db.PushSubscriptions.CountAsync(s => ids.Contains(s.Id), Cancel))).ShouldBe(0);
    }

    [Fact]
    public async Task A_browser_that_is_gone_is_forgotten_and_an_address_of_the_inside_is_refused()
    {
        await using var service = await OtherSystem.StartAsync(http =>
        {
            http.Response.StatusCode = StatusCodes.Status410Gone;
            return Task.CompletedTask;
        });
        var site = await server.OwnSiteAsync();
        using var parent = await server.PersonAsync(Roles.Parent, site);
        var page = await parent.GetStringAsync("/school", Cancel);
        foreach (var bad in new[] { null, "nonsense", "http://push.example.org/x", "https://10.0.0.1/x" })
            await SubscribeAsync(parent, page, bad, HttpStatusCode.BadRequest);
        await SubscribeAsync(parent, "", $"{service.Urls.First()}/gone", HttpStatusCode.BadRequest);
        await SubscribeAsync(parent, page, $"{service.Urls.First()}/gone", HttpStatusCode.NoContent);
        var id = IdOf($"{service.Urls.First()}/gone");
        (
            await server.WithDbAsync(db => db.PushSubscriptions.Where(s => s.Id == id).Select(s => s.Endpoint).SingleAsync(Cancel))
        ).ShouldNotContain("gone", Case.Insensitive, "who knows the address could send");
        await AnswerAsync(await ReportAsync(parent, site), site, "已核实");
        await Until.Async(() => server.WithDbAsync(async db => !await db.PushSubscriptions.AnyAsync(s => s.Id == id, Cancel)));
    }

    private static string IdOf(string endpoint) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(endpoint)));

    private async Task<string> ReportAsync(HttpClient parent, string site)
    {
        var text = $"汤是凉的 {Guid.NewGuid():N}";
        await RunningServer.PostFormAsync(parent, "/school", $"/sites/{site}/feedback", new() { ["text"] = text });
        return await server.WithDbAsync(db => db.Cases.Where(c => c.Text == text).Select(c => c.Id).SingleAsync(Cancel));
    }

    private async Task AnswerAsync(string id, string site, string text)
    {
        using var inspector = await server.PersonAsync(Roles.Inspector, site);
        await RunningServer.PostFormAsync(inspector, $"/cases/{id}", $"/cases/{id}/answer", new() { ["text"] = text });
    }

    // As a push service checks it: signed by the very key that the browser subscribed with, for this service, for a while.
    private static async Task CheckAsync(string authorization, string key, string audience)
    {
        authorization.ShouldStartWith("vapid t=");
        var (token, told) = (authorization[8..].Split(", k=")[0], authorization.Split(", k=")[1]);
        told.ShouldBe(key);
        var point = Base64Url.DecodeFromChars(key);
        using var curve = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new() { X = point[1..33], Y = point[33..] },
            }
        );
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            token,
            new()
            {
                ValidateIssuer = false,
                ValidAudience = audience,
                RequireExpirationTime = true,
                IssuerSigningKey = new ECDsaSecurityKey(curve)
                {
                    CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
                },
            }
        );
        result.IsValid.ShouldBeTrue(result.Exception?.Message);
        (((JsonWebToken)result.SecurityToken).ValidTo - TimeProvider.System.GetUtcNow().UtcDateTime).ShouldBeLessThan(
            TimeSpan.FromHours(24)
        );
        result.Claims["sub"].ShouldBe("mailto:it@example.org");
    }

    private static async Task SubscribeAsync(HttpClient client, string page, string? endpoint, HttpStatusCode expected, bool wanted = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/push") { Content = JsonContent.Create(new { endpoint, wanted }) };
        request.Headers.Add("RequestVerificationToken", RunningServer.TokenOf(page));
        (await client.SendAsync(request, Cancel)).StatusCode.ShouldBe(expected, endpoint);
    }
}
