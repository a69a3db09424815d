using System.Net;
using BrightKitchen.Contracts;
using BrightKitchen.Sealing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The box's chain of evidence on the server, and holds from there to the box.</summary>
public sealed class ChainTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chain_is_kept_once_and_said_to_be_whole()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var chain = Chain(box, 5);
        (await hub.InvokeAsync<ChainHead>(nameof(IBoxHub.KeptChain), Cancel)).ShouldBe(new(0, Manifest.Nothing));
        await TellAsync(hub, chain[..3]);
        var head = await TellAsync(hub, chain[2..]);
        head.ShouldBe(new(5, Manifest.HashOf(chain[4])));
        (await TellAsync(hub, chain)).ShouldBe(head);
        (await hub.InvokeAsync<ChainHead>(nameof(IBoxHub.KeptChain), Cancel)).ShouldBe(head);
        (await PageAsync(box)).ShouldContain("data-chain=\"whole\" data-entries=\"5\"");
    }

    [Fact]
    public async Task An_entry_that_is_missing_moved_or_told_in_two_ways_is_named()
    {
        using var missing = await server.BoxAsync();
        await using (var hub = await missing.ConnectAsync())
        {
            var chain = Chain(missing, 5);
            await TellAsync(hub, [chain[0], chain[1], chain[3], chain[4]]);
        }

        (await PageAsync(missing)).ShouldContain("data-chain=\"broken\" data-at=\"4\"");
        using var two = await server.BoxAsync();
        await using (var hub = await two.ConnectAsync())
        {
            await TellAsync(hub, Chain(two, 3));
            var other = Chain(two, 4);
            (await TellAsync(hub, other)).Number.ShouldBe(4, "what contradicts is kept too");
        }

        (await PageAsync(two)).ShouldContain("data-chain=\"broken\" data-at=\"1\"");
    }

    [Fact]
    public async Task Another_boxes_signature_is_refused_and_nothing_of_the_call_is_kept()
    {
        using var box = await server.BoxAsync();
        using var other = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var own = Chain(box, 1);
        foreach (var wrong in new[] { Chain(other, 1)[0], own[0][..^4] + "AAAA", "", "a.b.c", null! })
        {
            (await Should.ThrowAsync<HubException>(() => TellAsync(hub, [own[0], wrong]))).Message.ShouldContain("not signed by this");
            (await hub.InvokeAsync<ChainHead>(nameof(IBoxHub.KeptChain), Cancel)).Number.ShouldBe(0);
        }
    }

    [Fact]
    public async Task An_inspector_holds_a_finding_and_its_box_is_told_at_once_and_when_it_comes_back()
    {
        using var box = await server.BoxAsync();
        var held = new TaskCompletionSource<IReadOnlyList<FindingId>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var finding = TestBox.Finding();
        await using (var hub = await box.ConnectAsync())
        {
            hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Hold), ids =>
            {
                if (ids.Count > 0)
                    held.TrySetResult(ids);
            });
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
            using var principal = await server.SignInAsync("principal");
            var page = $"/findings/{finding.Id}";
            (await RunningServer.PostFormAsync(principal, "/sign-in", page + "/hold", new() { ["held"] = "true" })).StatusCode.ShouldBe(
                HttpStatusCode.Forbidden
            );
            using var inspector = await server.SignInAsync("inspector");
            await RunningServer.PostFormAsync(inspector, page, page + "/hold", new() { ["held"] = "true" });
            (await held.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe([finding.Id]);
            (await inspector.GetStringAsync(page, Cancel)).ShouldContain("data-held=\"");
        }

        var again = new TaskCompletionSource<IReadOnlyList<FindingId>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var back = new HubConnectionBuilder()
            .WithUrl(new Uri(server.Process.Address, BoxRoutes.Hub), http =>
                http.AccessTokenProvider = () => Task.FromResult<string?>(box.Token())
            )
            .Build();
        back.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Hold), ids => again.TrySetResult(ids));
        await back.StartAsync(Cancel);
        (await again.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe([finding.Id]);
    }

    [Fact]
    public async Task A_finding_says_whether_what_is_here_is_what_was_sealed()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var (right, wrong) = (TestBox.Finding(), TestBox.Finding());
        byte[] still = [0xff, 0xd8, 0xff, 1, 2, 3];
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(still));
        foreach (var finding in new[] { right, wrong })
        {
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
            (await box.SendAsync(finding.Id, EvidencePart.Still, new ByteArrayContent(still), 0, still.Length, digest)).StatusCode.ShouldBe(
                HttpStatusCode.NoContent
            );
        }

        var first = box.Sign(1, Manifest.Nothing, right, [new("still.jpg", digest, still.Length)]);
        await TellAsync(hub, [first, box.Sign(2, Manifest.HashOf(first), wrong, [new("still.jpg", new string('0', 64), still.Length)])]);
        using var principal = await server.SignInAsync("principal");
        (await principal.GetStringAsync($"/findings/{right.Id}", Cancel)).ShouldContain("data-seal=\"same\" data-number=\"1\"");
        (await principal.GetStringAsync($"/findings/{wrong.Id}", Cancel)).ShouldContain("data-seal=\"differs\" data-number=\"2\"");
    }

    private static List<string> Chain(TestBox box, int count)
    {
        var chain = new List<string>();
        for (var i = 1; i <= count; i++)
            chain.Add(box.Sign(i, i == 1 ? Manifest.Nothing : Manifest.HashOf(chain[^1]), TestBox.Finding(), []));
        return chain;
    }

    private static Task<ChainHead> TellAsync(HubConnection hub, IReadOnlyList<string> entries) =>
        hub.InvokeAsync<ChainHead>(nameof(IBoxHub.ReportChain), entries, Cancel);

    private async Task<string> PageAsync(TestBox box)
    {
        await using (var hub = await box.ConnectAsync())
            await hub.InvokeAsync(
                nameof(IBoxHub.ReportSetup),
                new SetupReport(1, 0, SetupStates.None, null, new("Asia/Shanghai", "machine", [], [])),
                Cancel
            );
        using var admin = await server.SignInAsync("admin");
        return WebUtility.HtmlDecode(await admin.GetStringAsync($"/boxes/{box.Id}", Cancel));
    }
}
