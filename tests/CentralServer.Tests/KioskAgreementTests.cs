using System.Net.Http.Json;
using System.Text.Json;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Records;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// A real kiosk at the real server: what the one saves the other takes, and what the other would refuse the one does not save.
/// </summary>
public sealed class KioskAgreementTests(RunningServer server)
{
    private const string Pin = "246810";
    private const string Saved = "done well";
    private static readonly byte[] Picture = TestPicture.Jpeg();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every kind that staff enter, an answer to an alert included.</summary>
    public static TheoryData<string> Kinds => [.. RecordDefinitions.All.Where(d => d.AtKiosk).Select(d => d.Name), KioskEntry.Answer];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Kiosk_and_server_agree_on_every_value_of_every_field(string kind)
    {
        await using var kiosk = await KitchenAsync(server, "agree-" + kind);
        using var direct = new TestKiosk(server.Process.Address);
        await direct.EnrolAsync(await server.Process.KioskCodeAsync(Cancel, kiosk.Site));
        var definition = RecordDefinitions.AtKiosk(kind)!;
        List<string> wrong = [];
        var (accepted, refused) = (0, 0);
        foreach (var (name, values) in RecordCases.Of(definition).Where(c => IsAsked(kind, c.Values)))
        {
            var byServer = await direct.TakeAsync(
                new(
                    Guid.NewGuid().ToString("N"),
                    kind,
                    TimeProvider.System.GetUtcNow(),
                    kiosk.Member,
                    values,
                    null,
                    kind == KioskEntry.Answer ? kiosk.Finding : null
                )
            );
            // The kiosk adds who it is, which the server does too.
            var byRule = definition.Check(
                RecordDefinition.Clean(
                    kind == MorningCheck.Kind ? new Dictionary<string, string>(values) { ["staff"] = kiosk.Member } : values
                )
            );
            var atKiosk = await kiosk.SavesAsync(kind, values);
            if (byServer.Fault != byRule?.Code || atKiosk != (byRule is null))
                wrong.Add(
                    $"{name}: the server says '{byServer.Fault ?? "taken"}', the rule '{byRule?.Code ?? "fine"}', the kiosk "
                        + $"{(atKiosk ? "saves it" : "refuses it")}"
                );
            _ = atKiosk ? accepted++ : refused++;
        }

        wrong.ShouldBeEmpty();
        (accepted, refused).ShouldSatisfyAllConditions(c => c.accepted.ShouldBeGreaterThan(3), c => c.refused.ShouldBeGreaterThan(3));
        // And what it saved the server takes, all of it.
        await Until.Async(async () => await kiosk.WaitingAsync() == 0);
        (await kiosk.PanelAsync("records")).ShouldNotContain("data-refused");
    }

    [Fact]
    public async Task What_the_server_refuses_is_shown_in_both_languages_and_is_corrected_and_sent_again()
    {
        await using var kiosk = await KitchenAsync(server, "refused");
        var colleague = await server.WithDbAsync(async db =>
        {
            var made = new StaffMember
            {
                Id = Guid.NewGuid().ToString("N"),
                SiteId = kiosk.SiteId,
                Name = "李建国",
                PinHash = KioskKeys.PinHash(kiosk.SiteId, "135790"),
            };
            db.Staff.Add(made);
            await db.SaveChangesAsync(Cancel);
            return made.Id;
        });
        // The kiosk knows both; then one leaves before what they entered arrives.
        await kiosk.EnterAsync("135790");
        await server.WithDbAsync(db => db.Staff.Where(s => s.Id == colleague).ExecuteDeleteAsync(Cancel));
        (await kiosk.SavesAsync(RecordKinds.Waste, new() { ["what"] = "餐厨垃圾", ["kilograms"] = "35" })).ShouldBeTrue();
        await kiosk.EnterAsync(Pin);
        await Until.Async(async () => (await kiosk.PanelAsync("records")).Contains("data-refused", StringComparison.Ordinal));
        (await kiosk.PanelAsync("home")).ShouldContain("data-refused=\"1\"");
        var shown = await kiosk.PanelAsync("records");
        shown.ShouldContain(Copy.Of("refused.staff"));
        (await kiosk.PanelAsync("records", "en")).ShouldContain(Copy.In("en", "refused.staff"));
        var id = System.Text.RegularExpressions.Regex.Match(shown, "data-refused=\"([0-9a-f]{32})\"").Groups[1].Value;

        var form = await kiosk.PanelAsync($"refused/{id}");
        form.ShouldContain($"name=\"corrects\" value=\"{id}\"");
        form.ShouldContain("value=\"35\"");
        form.ShouldContain("value=\"餐厨垃圾\" checked");
        // A correction that is wrong itself is shown again with what was entered, and resolves nothing.
        var again = await kiosk.PostAsync(
            "records/waste",
            new()
            {
                ["v.what"] = "厨余",
                ["v.kilograms"] = "9999",
                ["corrects"] = id,
            }
        );
        again.ShouldContain(Copy.Of("refused.number", Copy.Of("field.kilograms"), 0, 5000));
        again.ShouldContain("value=\"厨余\" checked");
        (await kiosk.PanelAsync("records")).ShouldContain(id);
        (
            await kiosk.PostAsync(
                "records/waste",
                new()
                {
                    ["v.what"] = "餐厨垃圾",
                    ["v.kilograms"] = "36",
                    ["corrects"] = id,
                }
            )
        ).ShouldContain(Saved);
        (await kiosk.PanelAsync("records")).ShouldNotContain("data-refused=\"");
        await Until.Async(async () => await kiosk.WaitingAsync() == 0);
        var records = await server.WithDbAsync(db => db.Records.Where(r => r.SiteId == kiosk.SiteId).ToListAsync(Cancel));
        records.ShouldHaveSingleItem().Values["kilograms"].ShouldBe("36");
    }

    // The rest of a morning check is what the camera saw, and an answer is its text and nothing else.
    private static bool IsAsked(string kind, Dictionary<string, string> values) =>
        kind switch
        {
            MorningCheck.Kind => IsAskedAtTheCheck(values),
            KioskEntry.Answer => !values.ContainsKey("secret"),
            _ => true,
        };

    private static bool IsAskedAtTheCheck(Dictionary<string, string> values) =>
        values.Count is 6 or 7
        && values.All(v => v.Key is MorningCheck.Celsius or MorningCheck.Symptoms || v.Value is "yes" or "x")
        && !values.ContainsKey("secret")
        && new[] { MorningCheck.HandsWashed, MorningCheck.Hat, MorningCheck.Mask, MorningCheck.Gloves, MorningCheck.Staff }.All(
            values.ContainsKey
        );

    private static async Task<Kitchen> KitchenAsync(RunningServer server, string name)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-agree-").FullName;
        var site = $"agreement {name} {Guid.NewGuid():N}"[..40];
        using var box = await server.BoxAsync(site);
        var siteId = await server.SiteOfAsync(box.Id);
        var finding = TestBox.Finding();
        await using (var hub = await box.ConnectAsync())
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        var member = await server.WithDbAsync(async db =>
        {
            var made = new StaffMember
            {
                Id = Guid.NewGuid().ToString("N"),
                SiteId = siteId,
                Name = "王秀英",
                PinHash = KioskKeys.PinHash(siteId, Pin),
                CertificateUntil = new(2099, 1, 1),
            };
            db.Staff.Add(made);
            await db.SaveChangesAsync(Cancel);
            return made.Id;
        });
        // The box's camera sees whoever stands before the kiosk with everything on.
        SeenBox[] seen =
        [
            new("head covered", 0.9f, 0.1f, 0.1f, 0.3f, 0.3f),
            new("face masked", 0.9f, 0.1f, 0.1f, 0.3f, 0.3f),
            new("hand gloved", 0.9f, 0.5f, 0.5f, 0.1f, 0.1f),
        ];
        var local = await OtherSystem.StartAsync(http =>
            http.Request.Path.StartsWithSegments("/local/look", StringComparison.Ordinal)
                ? http.Response.WriteAsJsonAsync(new LobbyLook(seen, null, null))
                : http.Response.WriteAsync("[]")
        );
        await File.WriteAllTextAsync(Path.Combine(folder, "kiosk.key"), "key", Cancel);
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
        var child = Child.Dotnet(
            "KioskUI",
            Path.Combine(folder, "kiosk.log"),
            [
                "--urls",
                address.ToString(),
                "--Data",
                Path.Combine(folder, "data"),
                "--Box:Address",
                local.Urls.First(),
                "--Box:KeyFile",
                Path.Combine(folder, "kiosk.key"),
                "--Server:Address",
                server.Process.Address.ToString(),
                "--Server:Name",
                name,
            ],
            ("Server__EnrolmentCode", await server.Process.KioskCodeAsync(Cancel, site))
        );
        var kitchen = new Kitchen(child, local, folder, address)
        {
            Site = site,
            SiteId = siteId,
            Member = member,
            Finding = finding.Id,
        };
        await child.AnswersAsync(new(address, "/health/ready"), TimeSpan.FromSeconds(60), Cancel);
        await kitchen.EnterAsync(Pin);
        return kitchen;
    }

    /// <summary>A kiosk's program, with somebody signed in, as its page speaks to it.</summary>
    private sealed class Kitchen(Child child, IAsyncDisposable local, string folder, Uri address) : IAsyncDisposable
    {
        private readonly HttpClient client = new(new SocketsHttpHandler()) { BaseAddress = address };

        public required string Site { get; init; }

        public required string SiteId { get; init; }

        public required string Member { get; init; }

        public required FindingId Finding { get; init; }

        // Until the kiosk has asked the server who works here.
        public Task EnterAsync(string pin) =>
            Until.Async(async () =>
            {
                using var form = new FormUrlEncodedContent([new("pin", pin)]);
                using var answer = await client.PostAsync("/staff/pin", form, Cancel);
                if (!answer.IsSuccessStatusCode)
                    return false;
                client.DefaultRequestHeaders.Remove("Kiosk-Session");
                client.DefaultRequestHeaders.Add(
                    "Kiosk-Session",
                    (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString()
                );
                return true;
            });

        public async Task<bool> SavesAsync(string kind, Dictionary<string, string> values)
        {
            if (kind == MorningCheck.Kind)
            {
                using var picture = new ByteArrayContent(Picture);
                (await client.PostAsync("/staff/check/look", picture, Cancel)).EnsureSuccessStatusCode();
                Dictionary<string, string> answers = new()
                {
                    ["hands"] = "yes",
                    ["celsius"] = values.GetValueOrDefault("celsius", ""),
                    ["symptoms"] = values.GetValueOrDefault("symptoms", ""),
                };
                var before = await WaitingOrThereAsync();
                await PostAsync("check", answers);
                return await WaitingOrThereAsync() == before + 1;
            }

            if (kind == KioskEntry.Answer)
                return (await PostAsync($"alerts/{Finding}", values)).Contains(Saved, StringComparison.Ordinal);
            return (await PostAsync($"records/{kind}", values.ToDictionary(v => "v." + v.Key, v => v.Value))).Contains(
                Saved,
                StringComparison.Ordinal
            );
        }

        public async Task<string> PostAsync(string path, Dictionary<string, string> fields)
        {
            // A form without any field is none by its own format.
            using var form = RunningServer.Form(fields.Count > 0 ? fields : new() { ["none"] = "" });
            using var answer = await client.PostAsync("/staff/" + path, form, Cancel);
            answer.EnsureSuccessStatusCode();
            return System.Net.WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
        }

        public async Task<string> PanelAsync(string path, string language = "zh-CN") =>
            System.Net.WebUtility.HtmlDecode(await client.GetStringAsync($"/staff/{path}?culture={language}", Cancel));

        public async Task<int> WaitingAsync() =>
            System.Text.RegularExpressions.Regex.Count(await PanelAsync("records"), "data-standing=\"waits\"");

        // Every one of today's entries has its line.
        private async Task<int> WaitingOrThereAsync() =>
            System.Text.RegularExpressions.Regex.Count(await PanelAsync("records"), "data-standing=");

        public async ValueTask DisposeAsync()
        {
            client.Dispose();
            await child.DisposeAsync();
            await local.DisposeAsync();
            Directory.Delete(folder, true);
        }
    }
}
