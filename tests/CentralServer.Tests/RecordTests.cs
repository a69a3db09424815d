using System.Net;
using System.Net.Http.Json;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>A kitchen's records by its people's own pages.</summary>
public sealed class RecordTests(RunningServer server)
{
    private static readonly byte[] Picture = TestPicture.Jpeg();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RecordKinds.Sample, "v.grams", "124.9", "field-grams")]
    [InlineData(RecordKinds.Sample, "v.meal", "midnight", "field-meal")]
    [InlineData(RecordKinds.Sample, "v.dish", "", "field-dish")]
    [InlineData(RecordKinds.Sample, "v.secret", "x", "field-secret")]
    [InlineData(RecordKinds.Sample, "day", "2199-01-01", "day")]
    [InlineData(RecordKinds.Sample, "corrects", "0123456789abcdef0123456789abcdef", "corrects")]
    [InlineData("nonsense", "v.grams", "130", "kind")]
    public async Task What_is_not_as_it_must_be_is_refused_by_name(string kind, string field, string value, string fault)
    {
        using var manager = await server.SignInAsync("manager");
        Dictionary<string, string> fields = new()
        {
            ["kind"] = kind,
            ["v.meal"] = "lunch",
            ["v.dish"] = "红烧肉",
            ["v.grams"] = "130",
            [field] = value,
        };
        (await KeepAsync(manager, fields)).ShouldContain($"fault={fault}");
    }

    [Fact]
    public async Task A_sample_says_until_when_it_is_kept_and_its_picture_is_there()
    {
        using var manager = await server.SignInAsync("manager");
        var dish = $"鱼{Guid.NewGuid():N}";
        var kept = await KeepAsync(
            manager,
            new()
            {
                ["kind"] = RecordKinds.Sample,
                ["v.meal"] = "lunch",
                ["v.dish"] = dish,
                ["v.grams"] = "130",
            },
            Picture
        );
        var page = await manager.GetStringAsync(kept, Cancel);
        page.ShouldContain(dish);
        page.ShouldContain("data-keep-until=\"");
        var picture = System
            .Text.RegularExpressions.Regex.Match(
                page[page.IndexOf(dish, StringComparison.Ordinal)..],
                "/sites/[0-9a-f]+/records/[0-9a-f]+/picture"
            )
            .Value;
        TestPicture.Decode(await manager.GetByteArrayAsync(picture, Cancel)).Width.ShouldBe(48);
    }

    [Fact]
    public async Task A_correction_leaves_what_it_corrects()
    {
        using var manager = await server.SignInAsync("manager");
        var (wrong, right) = ($"豆{Guid.NewGuid():N}", $"瓜{Guid.NewGuid():N}");
        await KeepAsync(
            manager,
            new()
            {
                ["kind"] = RecordKinds.Waste,
                ["v.what"] = wrong,
                ["v.kilograms"] = "3",
            }
        );
        var site = await server.DemoSiteAsync();
        var old = await server.WithDbAsync(db =>
            Task.FromResult(db.Records.AsEnumerable().Single(r => r.Values.GetValueOrDefault("what") == wrong).Id)
        );
        var kept = await KeepAsync(
            manager,
            new()
            {
                ["kind"] = RecordKinds.Waste,
                ["v.what"] = right,
                ["v.kilograms"] = "4",
                ["corrects"] = old,
            }
        );
        var page = await manager.GetStringAsync(kept, Cancel);
        page.ShouldContain(wrong);
        page.ShouldContain(right);
        page.ShouldContain("class=\"corrected\"");
        await Should.ThrowAsync<Exception>(() =>
            server.WithDbAsync(db =>
                Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlAsync(
                    db.Database,
                    $"""UPDATE "Records" SET "Data" = '' WHERE "Id" = {old}"""
                )
            )
        );
        site.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("yes", false)]
    [InlineData("no", true)]
    public void Gloves_count_where_they_were_asked_for(string? gloves, bool alarming)
    {
        Dictionary<string, string> values = new()
        {
            ["celsius"] = "36.5",
            ["hands-washed"] = "yes",
            ["hat"] = "yes",
            ["mask"] = "yes",
        };
        if (gloves is not null)
            values["gloves"] = gloves;
        KitchenRecord.IsAlarming(RecordKinds.MorningCheck, values, certified: true).ShouldBe(alarming);
    }

    [Theory]
    [InlineData("36.5", "", "yes", "yes", 30, false)]
    [InlineData("37.3", "", "yes", "yes", 30, true)]
    [InlineData("36.5", "腹泻", "yes", "yes", 30, true)]
    [InlineData("36.5", "", "no", "yes", 30, true)]
    [InlineData("36.5", "", "yes", "no", 30, true)]
    [InlineData("36.5", "", "yes", "yes", -1, true)]
    [InlineData("36.5", "", "yes", "yes", null, true)]
    public async Task Who_is_unfit_is_seen_at_the_morning_check(
        string celsius,
        string symptoms,
        string washed,
        string mask,
        int? certificateDays,
        bool alarming
    )
    {
        var site = await server.DemoSiteAsync();
        var today = DateOnly.FromDateTime(
            TimeZoneInfo.ConvertTimeBySystemTimeZoneId(TimeProvider.System.GetUtcNow(), "Asia/Shanghai").DateTime
        );
        var member = await server.MemberAsync(site, certificateDays is { } days ? today.AddDays(days) : null);
        using var manager = await server.SignInAsync("manager");
        await KeepAsync(
            manager,
            new()
            {
                ["kind"] = RecordKinds.MorningCheck,
                ["v.staff"] = member,
                ["v.celsius"] = celsius,
                ["v.symptoms"] = symptoms,
                ["v.hands-washed"] = washed,
                ["v.hat"] = "yes",
                ["v.mask"] = mask,
            }
        );
        (await server.WithDbAsync(db => Task.FromResult(db.Records.Single(r => r.StaffId == member).Alarming))).ShouldBe(alarming);
    }

    [Fact]
    public async Task A_check_that_is_entered_later_is_judged_by_the_certificate_of_its_own_day()
    {
        var site = await server.DemoSiteAsync();
        var today = CityTime.Today(TimeProvider.System);
        var member = await server.MemberAsync(site, today.AddDays(-1));
        using var manager = await server.SignInAsync("manager");
        foreach (var day in new[] { today.AddDays(-1), today })
        {
            await KeepAsync(
                manager,
                new()
                {
                    ["kind"] = RecordKinds.MorningCheck,
                    ["day"] = day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                    ["v.staff"] = member,
                    ["v.celsius"] = "36.5",
                    ["v.hands-washed"] = "yes",
                    ["v.hat"] = "yes",
                    ["v.mask"] = "yes",
                }
            );
        }

        (await server.WithDbAsync(db => Task.FromResult(db.Records.Where(r => r.StaffId == member).OrderBy(r => r.Day).ToList())))
            .ConvertAll(r => r.Alarming)
            .ShouldBe([false, true]);
    }

    [Fact]
    public async Task Only_a_principal_signs_the_week_and_staff_of_another_site_pass_no_check_here()
    {
        using var manager = await server.SignInAsync("manager");
        (await KeepAsync(manager, new() { ["kind"] = RecordKinds.Weekly, ["v.passed"] = "yes" })).ShouldContain("fault=not-yours");
        using var principal = await server.SignInAsync("principal");
        (await KeepAsync(principal, new() { ["kind"] = RecordKinds.Weekly, ["v.passed"] = "yes" })).ShouldContain("kept=self-check-weekly");
        using var box = await server.BoxAsync("a school over the hills");
        var stranger = await server.MemberAsync(await server.SiteOfAsync(box.Id));
        (
            await KeepAsync(
                manager,
                new()
                {
                    ["kind"] = RecordKinds.MorningCheck,
                    ["v.staff"] = stranger,
                    ["v.celsius"] = "36.5",
                    ["v.hands-washed"] = "yes",
                    ["v.hat"] = "yes",
                    ["v.mask"] = "yes",
                }
            )
        ).ShouldContain("fault=field-staff");
    }

    [Fact]
    public async Task Staff_come_go_and_their_certificates_expire_in_sight()
    {
        using var manager = await server.SignInAsync("manager");
        var site = await server.DemoSiteAsync();
        var name = $"李{Guid.NewGuid().ToString("N")[..6]}";
        await RunningServer.PostFormAsync(
            manager,
            $"/staff/{site}",
            $"/sites/{site}/staff",
            new()
            {
                ["name"] = name,
                ["job"] = "厨师",
                ["certificateUntil"] = "2020-01-01",
            }
        );
        (await manager.GetStringAsync($"/staff/{site}", Cancel)).ShouldContain("data-certificate=\"expired\" data-until=\"2020-01-01\"");
        var id = await server.WithDbAsync(db => Task.FromResult(db.Staff.Single(s => s.Name == name).Id));
        await RunningServer.PostFormAsync(
            manager,
            $"/staff/{site}",
            $"/sites/{site}/staff/{id}",
            new()
            {
                ["name"] = name,
                ["certificateUntil"] = "2099-01-01",
                ["left"] = "yes",
            }
        );
        (await manager.GetStringAsync($"/staff/{site}", Cancel)).ShouldNotContain(name);
        (
            await RunningServer.PostFormAsync(manager, $"/staff/{site}", $"/sites/{site}/staff", new() { ["name"] = " " })
        ).ShouldSatisfyAllConditions(a => RunningServer.FaultOf(a).ShouldBe("name"));
    }

    [Fact]
    public async Task A_menu_is_public_with_its_photograph_and_nothing_else_is()
    {
        using var manager = await server.SignInAsync("manager");
        using var parent = await server.SignInAsync("parent");
        var dishes = $"米饭{Guid.NewGuid():N}";
        await KeepAsync(
            manager,
            new()
            {
                ["kind"] = RecordKinds.Menu,
                ["v.meal"] = "dinner",
                ["v.dishes"] = dishes,
            },
            Picture
        );
        var page = await parent.GetStringAsync("/school", Cancel);
        page.ShouldContain(dishes);
        var picture = System
            .Text.RegularExpressions.Regex.Match(page[page.IndexOf(dishes, StringComparison.Ordinal)..], "/visit/[0-9a-z]+/menus/[0-9a-f]+")
            .Value;
        TestPicture.Decode(await parent.GetByteArrayAsync(picture, Cancel)).Width.ShouldBe(48);
        (
            await parent.GetAsync($"/sites/{await server.DemoSiteAsync()}/records/{picture.Split('/')[^1]}/picture", Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var waste = await KeepAsync(
            manager,
            new()
            {
                ["kind"] = RecordKinds.Waste,
                ["v.what"] = "汤",
                ["v.kilograms"] = "3",
            },
            Picture
        );
        waste.ShouldContain("kept=waste");
        var other = await server.WithDbAsync(db =>
            Task.FromResult(db.Records.Where(r => r.Kind == RecordKinds.Waste && r.Picture != null).AsEnumerable().Last())
        );
        (await parent.GetAsync($"{await server.VisitAsync(other.SiteId)}/menus/{other.Id}", Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    [Fact]
    public async Task The_same_record_by_a_program_twice_is_one()
    {
        var site = await server.DemoSiteAsync();
        using var program = await server.ProgramAsync("manager", ApiScopes.Records, ApiScopes.Read);
        var id = Guid.NewGuid().ToString("N");
        var request = new ApiRecordRequest(
            RecordKinds.Temperature,
            new Dictionary<string, string> { ["what"] = "冷库", ["celsius"] = "-18.5" },
            null,
            null
        );
        foreach (var _ in Enumerable.Range(0, 3))
            (await program.PutAsJsonAsync($"/api/v1/sites/{site}/records/{id}", request, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var list = await program.GetFromJsonAsync<ApiList<ApiRecord>>($"/api/v1/sites/{site}/records?kind=temperature&limit=200", Cancel);
        list!.Items.Count(r => r.Id == id).ShouldBe(1);
        foreach (var body in new[] { "{}", "null", "[]", """{"kind":"waste","values":null}""", """{"kind":null,"values":{"what":null}}""" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            ((int)(await program.PutAsync($"/api/v1/sites/{site}/records/{Guid.NewGuid():N}", content, Cancel)).StatusCode).ShouldBeOneOf(
                [400, 409],
                body
            );
        }

        (await program.PutAsJsonAsync($"/api/v1/sites/{site}/records/..%2f..", request, Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.Conflict,
            "the id is none"
        );
        (
            await program.PutAsJsonAsync(
                $"/api/v1/sites/{site}/records/{Guid.NewGuid():N}",
                request with
                {
                    Values = new Dictionary<string, string> { ["what"] = "冷库", ["celsius"] = "NaN" },
                },
                Cancel
            )
        ).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    // Where it led to.
    private async Task<string> KeepAsync(HttpClient client, Dictionary<string, string> fields, byte[]? picture = null)
    {
        var site = await server.DemoSiteAsync();
        fields["__RequestVerificationToken"] = RunningServer.TokenOf(await client.GetStringAsync($"/records/{site}", Cancel));
        using var form = RunningServer.Form(fields);
        if (picture is not null)
            form.Add(new ByteArrayContent(picture), "picture", "picture.jpg");
        using var answer = await client.PostAsync($"/sites/{site}/records", form, Cancel);
        return RunningServer.FaultOf(answer) is { } fault ? $"fault={fault}" : answer.Headers.Location!.ToString();
    }
}
