using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.People;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Sign-in names and display names, for parents who join and for people whom an administrator makes.</summary>
public sealed class NameTests(RunningServer server)
{
    private const string Good = "rain-over-seven-hills";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Names =>
        new()
        {
            { "王芳", "" },
            { "Anna Maria", "" },
            { "欧阳 娜娜", "三班王小明的妈妈" },
            { "ᠪᠠᠲᠤ", "ᠪᠠᠲᠤ" },
            { "محمد علي", "محمد علي" },
            { "o'brien-smith", "😀 一家人 👨‍👩‍👧" },
            { "𠮷野家", "𠮷野家" },
            { "Zoë", "Zoë <b>&amp;" },
            { "wang.fang+2@example.org", new string('长', 60) },
        };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_in_any_script_joins_and_signs_in_and_the_display_name_is_shown(string name, string display)
    {
        var unique = $"{name} {Guid.NewGuid().ToString("N")[..8]}";
        using var client = server.Client();
        (
            await RunningServer.PostFormAsync(
                client,
                "/join",
                "/join",
                new()
                {
                    ["code"] = await server.InvitationAsync(),
                    ["name"] = unique,
                    ["displayName"] = display,
                    ["password"] = Good,
                }
            )
        ).Headers.Location?.ToString().ShouldBe("/");
        using var again = server.Client();
        (await SignInAsync(again, unique)).ShouldBe("/");
        ShownOn(await again.GetStringAsync("/account", Cancel))
            .ShouldBe(display.Length > 0 ? display : unique.Normalize(NormalizationForm.FormKC));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_in_any_script_is_made_by_an_administrator(string name, string display)
    {
        var unique = $"{name} {Guid.NewGuid().ToString("N")[..8]}";
        using var admin = await server.SignInAsync("admin");
        (await MakeAsync(admin, unique, display, Good)).ShouldBe("/people");
        using var person = server.Client();
        (await SignInAsync(person, $"  {unique.ToUpperInvariant()} ")).ShouldBe("/", "however it is typed");
    }

    [Theory]
    [InlineData("ａｎｎａ　王", "ANNA 王")]
    [InlineData("Ａｎｎａ  王", "anna 王")]
    public async Task An_input_methods_wide_letters_and_spaces_are_the_same_name(string one, string other)
    {
        var tail = Guid.NewGuid().ToString("N")[..8];
        using var admin = await server.SignInAsync("admin");
        (await MakeAsync(admin, $"{one} {tail}", "", Good)).ShouldBe("/people");
        (await MakeAsync(admin, $"{other} {tail}", "", Good)).ShouldBe("name-taken");
    }

    [Theory]
    [InlineData("?", AccountFaults.Invalid)]
    [InlineData("<script>", AccountFaults.Invalid)]
    [InlineData("line\tbreak/", AccountFaults.Invalid)]
    [InlineData("😀😀", AccountFaults.Invalid)]
    [InlineData("parent", AccountFaults.Taken)]
    [InlineData("Parent", AccountFaults.Taken)]
    public async Task Invalid_and_taken_are_two_messages_and_what_was_typed_is_still_there(string name, string fault)
    {
        using var client = server.Client();
        var code = await server.InvitationAsync();
        using var answer = await RunningServer.PostFormAsync(
            client,
            "/join",
            "/join",
            new()
            {
                ["code"] = code,
                ["name"] = name,
                ["displayName"] = "王小明的妈妈",
                ["password"] = Good,
            }
        );
        (answer.StatusCode, RunningServer.FaultOf(answer)).ShouldBe((HttpStatusCode.UnprocessableEntity, fault));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
        page.ShouldContain($"data-fault=\"{fault}\"");
        foreach (var typed in new[] { "王小明的妈妈", code })
            page.ShouldContain($"value=\"{typed}\"");
        page.ShouldNotContain(Good);
        answer.Headers.TryGetValues("Set-Cookie", out var cookies);
        (cookies ?? []).ShouldNotContain(c => c.StartsWith("typed", StringComparison.Ordinal));

        using var admin = await server.SignInAsync("admin");
        using var refused = await RunningServer.PostFormAsync(
            admin,
            "/people",
            "/people/new",
            new()
            {
                ["name"] = name,
                ["displayName"] = "食堂王主任",
                ["password"] = Good,
                ["role"] = Roles.Manager,
                ["place"] = await server.DemoSiteAsync(),
            }
        );
        RunningServer.FaultOf(refused).ShouldBe(fault);
        var people = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync(Cancel));
        people.ShouldContain("食堂王主任");
        people.ShouldContain($"data-fault=\"{fault}\"");
        people.ShouldNotContain(Good);
    }

    [Fact]
    public async Task Of_two_of_one_name_in_the_same_moment_one_is_made_and_the_other_is_taken()
    {
        var name = $"同名 {Guid.NewGuid():N}"[..20];
        using var admin = await server.SignInAsync("admin");
        var token = RunningServer.TokenOf(await admin.GetStringAsync("/people", Cancel));
        var site = await server.DemoSiteAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    admin.PostAsync(
                        "/people/new",
                        RunningServer.Form(
                            new()
                            {
                                ["name"] = name,
                                ["password"] = Good,
                                ["role"] = Roles.Manager,
                                ["place"] = site,
                                ["__RequestVerificationToken"] = token,
                            }
                        ),
                        Cancel
                    )
                )
        );
        answers
            .Count(a => a.Headers.Location?.ToString() == "/people")
            .ShouldBe(1, string.Join(' ', answers.Select(a => $"{(int)a.StatusCode} {a.Headers.Location}")));
        answers.Count(a => RunningServer.FaultOf(a) == "name-taken").ShouldBe(3);
        (await server.WithDbAsync(db => db.Users.CountAsync(u => u.UserName == name))).ShouldBe(1);
    }

    [Theory]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("123456789012")]
    [InlineData("qwertyuiop12")]
    [InlineData("abcabcabcabc")]
    [InlineData("P@ssw0rd1234")]
    [InlineData("password2026!")]
    [InlineData("welcomewelcome")]
    [InlineData("inspector-2026")]
    [InlineData("woaini1314520")]
    [InlineData("明厨亮灶明厨亮灶明厨亮灶")]
    [InlineData("lihua-lihua-1")]
    [InlineData("李华李华李华李华李华李华")]
    public async Task A_password_that_everyone_guesses_is_refused(string password)
    {
        using var admin = await server.SignInAsync("admin");
        (await MakeAsync(admin, $"lihua.{Guid.NewGuid().ToString("N")[..8]}", "李华", password, Roles.Inspector)).ShouldBe("password-weak");
    }

    [Theory]
    [InlineData(Good)]
    [InlineData("only-for-these-tests")]
    [InlineData("今天的豆腐很好吃明天再来")]
    [InlineData("x7kq-2mnp-r9wd-4hvt")]
    public void A_password_of_unrelated_words_or_drawn_letters_is_accepted(string password) =>
        PasswordRules.IsEasilyGuessed(password, "lihua", "李华").ShouldBeFalse();

    [Fact]
    public void Drawn_passwords_are_accepted()
    {
        var random = new Random(23);
        for (var i = 0; i < 2000; i++)
        {
            var drawn = new string(random.GetItems<char>("23456789abcdefghjkmnpqrstuvwxyz", 16));
            PasswordRules.IsEasilyGuessed(drawn, "first").ShouldBeFalse(drawn);
        }
    }

    private static string ShownOn(string page) =>
        WebUtility.HtmlDecode(Regex.Match(page, "<a href=\"/account\">([^<]*)</a>").Groups[1].Value);

    private static async Task<string> SignInAsync(HttpClient client, string name) =>
        (
            await RunningServer.PostFormAsync(client, "/sign-in", "/sign-in", new() { ["name"] = name, ["password"] = Good })
        ).Headers.Location!.ToString();

    private async Task<string> MakeAsync(HttpClient admin, string name, string display, string password, string role = Roles.Manager)
    {
        var place = role == Roles.Inspector ? await server.RegionAsync(false) : await server.DemoSiteAsync();
        using var answer = await RunningServer.PostFormAsync(
            admin,
            "/people",
            "/people/new",
            new()
            {
                ["name"] = name,
                ["displayName"] = display,
                ["password"] = password,
                ["role"] = role,
                ["place"] = place,
            }
        );
        return RunningServer.FaultOf(answer) ?? answer.Headers.Location!.ToString();
    }

    [Fact]
    public async Task A_password_of_a_megabyte_is_refused_before_it_is_looked_at()
    {
        var judged = new PasswordRules().ValidateAsync(null!, new() { UserName = "x" }, new string('a', 1_000_000) + "b");
        judged.IsCompleted.ShouldBeTrue();
        (await judged).Succeeded.ShouldBeFalse();
    }
}
