using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

public sealed partial class SetupTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_reaches_a_connected_box_and_one_that_comes_later_until_it_told_of_it()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(nameof(IBoxHub.ReportSetup), Report(0), Cancel);
        var got = new TaskCompletionSource<SetupOrder>(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.On<SetupOrder>(nameof(IBoxClient.Setup), got.SetResult);
        using var administrator = await server.SignInAsync("admin");
        (await OrderAsync(administrator, box.Id, Setup("secret"))).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var order = await got.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        (order.Revision, order.Setup.Cameras[0].Password).ShouldBe((1, "secret"));

        var again = new TaskCompletionSource<SetupOrder>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var second = await box.ConnectAsync();
        second.On<SetupOrder>(nameof(IBoxClient.Setup), again.SetResult);
        await second.InvokeAsync(nameof(IBoxHub.ReportSetup), Report(0), Cancel);
        (await again.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).Revision.ShouldBe(1);
        await second.InvokeAsync(
            nameof(IBoxHub.ReportSetup),
            Report(1) with
            {
                State = SetupStates.RolledBack,
                Refusal = "camera 'one' is unreachable",
            },
            Cancel
        );
        var page = WebUtility.HtmlDecode(await administrator.GetStringAsync($"/boxes/{box.Id}", Cancel));
        page.ShouldContain($"data-state=\"{SetupStates.RolledBack}\"");
        page.ShouldContain("camera 'one' is unreachable");
        page.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("principal")]
    [InlineData("inspector")]
    public async Task Only_an_administrator_sees_and_orders_a_setup(string who)
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(nameof(IBoxHub.ReportSetup), Report(0), Cancel);
        using var person = await server.SignInAsync(who);
        (await person.GetAsync($"/boxes/{box.Id}", Cancel)).StatusCode.ShouldNotBe(HttpStatusCode.OK);
        (await person.GetAsync($"/api/boxes/{box.Id}/setup", Cancel)).StatusCode.ShouldNotBe(HttpStatusCode.OK);
        (await person.PutAsJsonAsync($"/api/boxes/{box.Id}/setup", Setup(null), Cancel)).StatusCode.ShouldNotBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Another_pages_form_orders_nothing_and_nonsense_is_refused()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(nameof(IBoxHub.ReportSetup), Report(0), Cancel);
        using var administrator = await server.SignInAsync("admin");
        (await administrator.PutAsJsonAsync($"/api/boxes/{box.Id}/setup", Setup(null), Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await OrderAsync(administrator, box.Id, new { timeZone = "Asia/Shanghai" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await OrderAsync(administrator, box.Id, Setup(new string('x', 200_000)))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await Should.ThrowAsync<HubException>(() => hub.InvokeAsync(nameof(IBoxHub.ReportSetup), new { version = 1 }, Cancel));
        hub.State.ShouldBe(HubConnectionState.Connected);
    }

    private static async Task<HttpResponseMessage> OrderAsync(HttpClient client, string box, object setup)
    {
        var token = Token().Match(await client.GetStringAsync($"/boxes/{box}", Cancel)).Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/boxes/{box}/setup") { Content = JsonContent.Create(setup) };
        request.Headers.Add("RequestVerificationToken", token);
        return await client.SendAsync(request, Cancel);
    }

    private static SetupReport Report(long revision) => new(revision, revision, SetupStates.None, null, Setup(null));

    private static SiteSetup Setup(string? password) =>
        new(
            "Asia/Shanghai",
            "machine",
            [new("one", "备餐区", "rtsp://192.0.2.1/x", null, "tcp", false, "u", password)],
            [new("one", FindingKinds.NoMask, "备餐区", "", "", [], 3, 30)]
        );

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
