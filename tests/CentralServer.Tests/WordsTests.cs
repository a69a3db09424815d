using System.Xml.Linq;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Fixtures;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What is put together from codes has its words in both languages.</summary>
[AnyDatabase("words")]
public sealed class WordsTests
{
    public static TheoryData<string> Languages => ["zh-CN", "en"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_code_that_a_page_shows_has_words(string language)
    {
        var words = XDocument
            .Load(Path.Combine(Repository.Root, "WebComponents", $"Words.{language}.resx"))
            .Root!.Elements("data")
            .Select(d => d.Attribute("name")!.Value)
            .ToHashSet();
        IEnumerable<string> shown =
        [
            .. RecordKinds.All.Select(k => "record." + k.Name),
            .. RecordKinds.All.SelectMany(k => k.Fields).Select(f => "field." + f.Name),
            .. RecordKinds.All.SelectMany(k => k.Fields).SelectMany(f => f.Choices ?? ["yes", "no"]).Select(c => "choice." + c),
            .. Codes(typeof(RiskReasons)).Select(c => "risk." + c),
            .. RiskGrades.All.Select(g => "risk.grade." + g),
            .. ApiScopes.All.Select(s => "scope." + s),
            .. Codes(typeof(AuditActions)).Select(a => "audit." + a),
            .. Codes(typeof(Steps)).Select(s => "step." + s),
            .. Stages.All.Select(s => "stage." + s),
            .. Roles.All.Select(r => "role." + r),
            .. SiteKinds.All.Select(k => "site." + k),
            .. AreaKinds.All.Select(k => "area." + k),
            .. new[] { "none", "expired", "soon", "valid" }.Select(c => "certificate." + c),
            .. new[] { "begun", "drawn", "dropped", "published" }.Select(s => "draw.state." + s),
            .. new[] { "needs-text", "picture", "too-large", "quota", "not-now", "draw", "draw-number", "limit", "limit.help" }.Select(f =>
                "fault." + f
            ),
        ];
        shown.Where(s => !words.Contains(s)).ShouldBeEmpty();
    }

    [Fact]
    public void Both_languages_have_the_same_words()
    {
        var (one, other) = (Keys("zh-CN"), Keys("en"));
        one.Except(other).Concat(other.Except(one)).ShouldBeEmpty();
    }

    private static HashSet<string> Keys(string language) =>
        [
            .. XDocument
                .Load(Path.Combine(Repository.Root, "WebComponents", $"Words.{language}.resx"))
                .Root!.Elements("data")
                .Select(d => d.Attribute("name")!.Value),
        ];

    private static IEnumerable<string> Codes(Type of) =>
        of.GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
}
