using System.Collections.Concurrent;
using System.Net;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Link;
using BrightKitchen.KioskUI.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>The line to a server that stumbles over some of what it is sent.</summary>
public sealed class ServerLinkTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-link-").FullName;

    /// <summary>What a server, or a proxy before it, may answer to one entry.</summary>
    public static TheoryData<HttpStatusCode> Answers =>
        [
            HttpStatusCode.InternalServerError,
            HttpStatusCode.BadGateway,
            HttpStatusCode.NotFound,
            HttpStatusCode.Conflict,
            HttpStatusCode.UnsupportedMediaType,
            HttpStatusCode.TooManyRequests,
            HttpStatusCode.BadRequest,
            HttpStatusCode.RequestEntityTooLarge,
        ];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task However_many_entries_the_server_stumbles_over_the_others_arrive(HttpStatusCode answer)
    {
        var (arrived, tries) = (new ConcurrentBag<string>(), 0);
        await using var server = await StartAsync(async http =>
        {
            if (http.Request.Path != KioskRoutes.Entries)
            {
                await http.Response.WriteAsJsonAsync(KioskStoreTests.Site());
                return;
            }

            var entry = (await http.Request.ReadFromJsonAsync<KioskEntry>())!;
            if (entry.Kind == "bad")
            {
                Interlocked.Increment(ref tries);
                http.Response.StatusCode = (int)answer;
                return;
            }

            arrived.Add(entry.Id);
            await http.Response.WriteAsJsonAsync(new KioskEntryOutcome(null));
        });
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var store = new KioskStore(folder, NullLogger<KioskStore>.Instance);
        var bad = Enumerable.Range(0, 45).Select(_ => Entry("bad", time)).ToList();
        var good = Enumerable.Range(0, 30).Select(_ => Entry("waste", time)).ToList();
        foreach (var entry in bad.Concat(good))
            store.Enter(entry, null);
        var final = answer is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge;
        // The server has an entry a moment before the kiosk knows it.
        await RunAsync(
            server,
            store,
            new(),
            time,
            () => arrived.Count >= good.Count && (!final || store.WaitingCount == 0),
            () => $"{arrived.Count} of {good.Count} arrived, {tries} tries of the others, {store.WaitingCount} wait"
        );
        arrived.ShouldBe(good.Select(g => g.Id), ignoreOrder: true);
        (store.Refused().Count > 0, store.WaitingCount > 0).ShouldBe(
            (final, !final),
            "what the server does not take for good is shown; the rest is tried again"
        );
    }

    [Fact]
    public async Task An_entry_whose_connection_is_reset_holds_none_back_and_is_tried_again_ever_later_and_shown()
    {
        var (arrived, tries) = (new ConcurrentBag<string>(), new ConcurrentQueue<DateTimeOffset>());
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await StartAsync(async http =>
        {
            if (http.Request.Path.StartsWithSegments("/kiosk/pictures"))
            {
                // What is before the server takes no more of it.
                tries.Enqueue(time.GetUtcNow());
                await http.Request.Body.ReadAtLeastAsync(new byte[1000], 1000);
                http.Abort();
                return;
            }

            if (http.Request.Path != KioskRoutes.Entries)
            {
                await http.Response.WriteAsJsonAsync(KioskStoreTests.Site());
                return;
            }

            arrived.Add((await http.Request.ReadFromJsonAsync<KioskEntry>())!.Id);
            await http.Response.WriteAsJsonAsync(new KioskEntryOutcome(null));
        });
        using var store = new KioskStore(folder, NullLogger<KioskStore>.Instance);
        var (bad, picture) = Pictured(time, 1_500_000);
        var good = Enumerable.Range(0, 30).Select(_ => Entry("waste", time)).ToList();
        store.Enter(bad, picture);
        foreach (var entry in good)
            store.Enter(entry, null);
        var state = new LinkState();
        await RunAsync(
            server,
            store,
            state,
            time,
            () => arrived.Count >= good.Count && tries.Count >= 4,
            () => $"{arrived.Count} of {good.Count} arrived, {tries.Count} tries"
        );
        arrived.ShouldBe(good.Select(g => g.Id), ignoreOrder: true);
        (state.Online, state.Failing.Keys.Single()).ShouldBe((true, bad.Id));
        var at = tries.ToList();
        // The clock goes on while the kiosk sends, so that a slow machine makes them longer and never shorter.
        for (var (i, pause) = (0, TimeSpan.FromSeconds(2)); i < 3; i++, pause *= 2)
            (at[i + 1] - at[i]).ShouldBeGreaterThanOrEqualTo(pause, "the pause grows");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_picture_that_the_server_lost_is_sent_again_and_one_that_is_lost_here_too_is_for_staff_to_take_again(bool isHere)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var (bad, picture) = Pictured(time, 1000);
        var (puts, taken) = (0, 0);
        await using var server = await StartAsync(async http =>
        {
            if (http.Request.Path.StartsWithSegments("/kiosk/pictures"))
            {
                Interlocked.Increment(ref puts);
                return;
            }

            if (http.Request.Path != KioskRoutes.Entries)
            {
                await http.Response.WriteAsJsonAsync(KioskStoreTests.Site());
                return;
            }

            // The first one is lost between its coming and the entry.
            if (Volatile.Read(ref puts) < 2)
            {
                await TypedResults
                    .Problem("send it again", statusCode: StatusCodes.Status409Conflict, type: KioskRoutes.PictureMissing)
                    .ExecuteAsync(http);
                return;
            }

            Interlocked.Increment(ref taken);
            await http.Response.WriteAsJsonAsync(new KioskEntryOutcome(null));
        });
        using var store = new KioskStore(folder, NullLogger<KioskStore>.Instance);
        store.Enter(bad, isHere ? picture : null);
        await RunAsync(server, store, new(), time, () => store.WaitingCount == 0, () => $"{puts} pictures were sent");
        (puts, taken, store.Refused().SingleOrDefault()?.Fault).ShouldBe(isHere ? (2, 1, null) : (0, 0, "picture"));
    }

    [Theory]
    [InlineData("text/html; charset=gbk", "<html>")]
    [InlineData("application/json; charset=nonsense", "{}")]
    [InlineData("text/html", "<html>")]
    [InlineData("application/json", "null")]
    [InlineData("application/json", "[]")]
    public async Task Whatever_stands_before_the_server_answers_in_its_place_the_kiosk_goes_on(string type, string body)
    {
        var foreign = 0;
        await using var server = await StartAsync(async http =>
        {
            // A portal for a while, the server afterwards.
            if (Interlocked.Increment(ref foreign) <= 6)
            {
                http.Response.ContentType = type;
                await http.Response.WriteAsync(body);
            }
            else if (http.Request.Path == KioskRoutes.Entries)
            {
                await http.Response.WriteAsJsonAsync(new KioskEntryOutcome(null));
            }
            else
            {
                await http.Response.WriteAsJsonAsync(KioskStoreTests.Site());
            }
        });
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var store = new KioskStore(folder, NullLogger<KioskStore>.Instance);
        store.Enter(Entry("waste", time), null);
        await RunAsync(server, store, new(), time, () => store.WaitingCount == 0 && store.Site is not null, () => $"{foreign} answers");
        store.Refused().ShouldBeEmpty();
    }

    public void Dispose() => Directory.Delete(folder, true);

    private async Task RunAsync(
        WebApplication server,
        KioskStore store,
        LinkState state,
        FakeTimeProvider time,
        Func<bool> done,
        Func<string> sofar
    )
    {
        var clock = new KioskClock(time);
        using var identity = new KioskIdentity(folder, clock);
        identity.Enrolled(new("kiosk", "canteen"));
        await using var services = new ServiceCollection().AddHttpClient().AddLogging().BuildServiceProvider();
        using var link = new ServerLink(
            new() { Address = new(server.Urls.First()) },
            identity,
            store,
            state,
            clock,
            services.GetRequiredService<IHttpClientFactory>(),
            time,
            NullLogger<ServerLink>.Instance
        );
        await link.StartAsync(TestContext.Current.CancellationToken);
        for (var since = TimeProvider.System.GetTimestamp(); !done(); await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(60), sofar());
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await link.StopAsync(TestContext.Current.CancellationToken);
    }

    private static (KioskEntry Entry, byte[] Picture) Pictured(TimeProvider time, int length)
    {
        var picture = System.Security.Cryptography.RandomNumberGenerator.GetBytes(length);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(picture));
        return (Entry("sample", time) with { Picture = digest }, picture);
    }

    private static KioskEntry Entry(string kind, TimeProvider time) =>
        new(Guid.NewGuid().ToString("N"), kind, time.GetUtcNow(), "one", new Dictionary<string, string> { ["what"] = "x" }, null, null);

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
