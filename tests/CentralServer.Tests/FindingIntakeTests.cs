using System.Net;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Storage;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

public sealed class FindingIntakeTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_finding_sent_many_times_at_once_is_there_once_and_closes()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await using var second = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? hub : second).InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel))
        );
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding with { ClosedAt = finding.OpenedAt.AddSeconds(90) }, Cancel);
        // The first report, arriving late, does not open it again.
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        using var principal = await server.SignInAsync("principal");
        var list = WebUtility.HtmlDecode(await principal.GetStringAsync("/", Cancel));
        var parts = list.Split($"id=\"finding-{finding.Id}\"");
        parts.Length.ShouldBe(2);
        parts[1].Split("</a>")[0].ShouldContain(Copy.Of("seconds", 90));
    }

    [Theory]
    [InlineData("\"just text\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"nonsense\",\"camera\":\"line\"}")]
    [InlineData(
        "{\"id\":\"0123456789abcdef0123456789abcdef\",\"camera\":\"../etc\",\"zone\":\"z\",\"kind\":\"no-mask\",\"openedAt\":\"2026-03-02T03:00:00Z\",\"score\":1,\"models\":[],\"boxes\":[]}"
    )]
    [InlineData(
        "{\"id\":\"0123456789abcdef0123456789abcdef\",\"camera\":\"line\",\"zone\":\"z\",\"kind\":\"no-mask\",\"openedAt\":\"2026-03-02T03:00:00Z\",\"score\":7,\"models\":[],\"boxes\":[]}"
    )]
    [InlineData(
        "{\"id\":\"0123456789abcdef0123456789abcdef\",\"camera\":\"line\",\"zone\":\"z\",\"kind\":\"no-mask\",\"openedAt\":\"2026-03-02T03:00:00Z\",\"score\":1,\"models\":[],\"boxes\":[null]}"
    )]
    public async Task A_message_of_the_wrong_shape_is_refused_and_the_line_holds(string message)
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await Should.ThrowAsync<HubException>(() =>
            hub.InvokeAsync(nameof(IBoxHub.ReportFinding), System.Text.Json.JsonDocument.Parse(message).RootElement, Cancel)
        );
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);
        hub.State.ShouldBe(HubConnectionState.Connected);
    }

    [Fact]
    public async Task A_message_of_10_MB_ends_its_own_line_and_no_other()
    {
        using var box = await server.BoxAsync();
        using var neighbour = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await using var other = await neighbour.ConnectAsync();
        await Should.ThrowAsync<Exception>(() =>
            hub.InvokeAsync(nameof(IBoxHub.ReportFinding), new string('x', 10 << 20), Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel)
        );
        await other.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);
        await using var again = await box.ConnectAsync();
        await again.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);
    }

    [Fact]
    public async Task A_clip_cut_in_half_goes_on_where_it_broke_and_is_byte_for_byte_the_same()
    {
        using var box = await server.BoxAsync();
        var (finding, clip, digest) = await ReportedAsync(box);
        // The line breaks in the middle of the body: fewer bytes come than the request said.
        var cut = new TaskCompletionSource();
        var sending = box.SendAsync(finding, EvidencePart.Clip, new Broken(clip, clip.Length / 2, cut.Task), 0, clip.Length, digest);
        await UntilAsync(async () => await box.OffsetAsync(finding, EvidencePart.Clip) == clip.Length / 2);
        cut.SetResult();
        await Should.ThrowAsync<HttpRequestException>(sending);

        using var principal = await server.SignInAsync("principal");
        (await principal.GetAsync($"/findings/{finding}/clip", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, "half a clip is none");
        using var rest = await box.SendAsync(
            finding,
            EvidencePart.Clip,
            new ByteArrayContent(clip, clip.Length / 2, clip.Length - (clip.Length / 2)),
            clip.Length / 2,
            clip.Length,
            digest
        );
        rest.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await principal.GetByteArrayAsync($"/findings/{finding}/clip", Cancel)).AsSpan().SequenceEqual(clip).ShouldBeTrue();

        using var again = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip), 0, clip.Length, digest);
        again.StatusCode.ShouldBe(HttpStatusCode.NoContent, "what is there whole may be sent again");
        (await principal.GetByteArrayAsync($"/findings/{finding}/clip", Cancel)).Length.ShouldBe(clip.Length);
    }

    [Fact]
    public async Task A_piece_that_begins_elsewhere_changes_nothing_and_says_where_to_go_on()
    {
        using var box = await server.BoxAsync();
        var (finding, clip, digest) = await ReportedAsync(box);
        using var first = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip, 0, 1000), 0, clip.Length, digest);
        using var wrong = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip, 5000, 100), 5000, clip.Length, digest);
        wrong.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        wrong.Headers.GetValues(BoxRoutes.OffsetHeader).Single().ShouldBe("1000");
        (await box.OffsetAsync(finding, EvidencePart.Clip)).ShouldBe(1000);
    }

    [Fact]
    public async Task A_clip_that_is_not_what_was_said_is_refused_and_begins_anew()
    {
        using var box = await server.BoxAsync();
        var (finding, clip, digest) = await ReportedAsync(box);
        var damaged = clip.ToArray();
        damaged[^1] ^= 1;
        using var refused = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(damaged), 0, clip.Length, digest);
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await refused.Content.ReadAsStringAsync(Cancel)).ShouldContain("SHA-256");
        (await box.OffsetAsync(finding, EvidencePart.Clip)).ShouldBe(0);
        using var right = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip), 0, clip.Length, digest);
        right.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_complete_part_and_its_digest_never_change_whatever_is_sent_again()
    {
        using var box = await server.BoxAsync();
        var (finding, clip, digest) = await ReportedAsync(box);
        (await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip), 0, clip.Length, digest)).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        var other = clip.ToArray();
        other[^1] ^= 1;
        foreach (
            var (bytes, said) in new[]
            {
                (clip, Digest(other)),
                (other, Digest(other)),
                (clip, new string('0', 64)),
                (clip[..1000], Digest(clip[..1000])),
            }
        )
        {
            using var refused = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(bytes), 0, bytes.Length, said);
            refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            (await refused.Content.ReadAsStringAsync(Cancel)).ShouldContain("never changed");
            (
                await server.WithDbAsync(db =>
                    db.Findings.Where(f => f.Id == finding.ToString()).Select(f => f.ClipSha256).SingleAsync(Cancel)
                )
            ).ShouldBe(digest);
        }

        using var principal = await server.SignInAsync("principal");
        (await principal.GetByteArrayAsync($"/findings/{finding}/clip", Cancel)).AsSpan().SequenceEqual(clip).ShouldBeTrue();
    }

    [Fact]
    public async Task A_part_that_is_complete_or_broken_off_leaves_no_lock_behind()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-parts-").FullName;
        try
        {
            var files = new EvidenceFiles(Path.Combine(folder, "arriving"), new DiskStore(folder));
            byte[] still = [0xff, 0xd8, 0xff, 1, 2, 3];
            await Task.WhenAll(
                Enumerable
                    .Range(0, 200)
                    .Select(async i =>
                    {
                        var id = FindingId.New(TimeProvider.System.GetUtcNow());
                        // The same one from two connections at once, and one that never ends.
                        await Task.WhenAll(
                            Enumerable
                                .Range(0, 2)
                                .Select(_ =>
                                    files.AppendAsync(
                                        id,
                                        EvidencePart.Still,
                                        new MemoryStream(still),
                                        0,
                                        i % 3 == 0 ? 100 : still.Length,
                                        Digest(still),
                                        Cancel
                                    )
                                )
                        );
                    })
            );
            files.Appending.ShouldBe(0);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task A_page_is_no_clip_even_with_the_right_digest()
    {
        using var box = await server.BoxAsync();
        var (finding, _, _) = await ReportedAsync(box);
        var page = "<html><script>alert(1)</script></html>"u8.ToArray();
        using var refused = await box.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(page), 0, page.Length, Digest(page));
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_box_cannot_touch_another_boxes_finding()
    {
        using var box = await server.BoxAsync();
        using var other = await server.BoxAsync();
        var (finding, clip, digest) = await ReportedAsync(box);
        using var answer = await other.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip), 0, clip.Length, digest);
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await box.OffsetAsync(finding, EvidencePart.Clip)).ShouldBe(0);
    }

    [Fact]
    public async Task People_see_the_findings_of_their_own_site_and_strangers_see_none()
    {
        using var elsewhere = await server.BoxAsync("another school");
        var (finding, clip, digest) = await ReportedAsync(elsewhere);
        (await elsewhere.SendAsync(finding, EvidencePart.Clip, new ByteArrayContent(clip), 0, clip.Length, digest)).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        using var principal = await server.SignInAsync("principal");
        (await principal.GetStringAsync("/", Cancel)).ShouldNotContain(finding.ToString());
        using var stranger = server.Client();
        foreach (
            var path in new[]
            {
                $"/findings/{finding}",
                $"/findings/{finding}/card",
                $"/findings/{finding}/still",
                $"/findings/{finding}/clip",
                $"/live/{elsewhere.Id}/line",
            }
        )
        {
            (await principal.GetAsync(path, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            (await stranger.GetAsync(path, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
        }

        (await stranger.GetAsync("/findings/feed", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task UntilAsync(Func<Task<bool>> so)
    {
        var patience = TimeSpan.FromSeconds(20);
        for (
            var since = TimeProvider.System.GetTimestamp();
            TimeProvider.System.GetElapsedTime(since) < patience;
            await Task.Delay(50, TestContext.Current.CancellationToken)
        )
        {
            if (await so())
                return;
        }

        Assert.Fail("Not within 20 s");
    }

    private async Task<(FindingId Finding, byte[] Clip, string Digest)> ReportedAsync(TestBox box)
    {
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        var clip = new byte[300_000];
        Random.Shared.NextBytes(clip);
        "ftyp"u8.CopyTo(clip.AsSpan(4));
        return (finding.Id, clip, Digest(clip));
    }

    /// <summary>A body that says its length and breaks off before.</summary>
    private sealed class Broken(byte[] bytes, int sent, Task cut) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, sent));
            await stream.FlushAsync();
            await cut;
            throw new IOException("The line broke.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
