using System.Text.Json;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Seeding;

/// <summary>Generates findings of one site with their steps, in the order that real findings take.</summary>
internal sealed class SeededLife(Random random, Site site, string box, DateTimeOffset now)
{
    private static readonly LifeOptions Options = new();

    // Kinds that the cameras of a kitchen report, with their area and relative frequency.
    private static readonly (string Kind, string Area, int Weight)[] Kinds =
    [
        (FindingKinds.NoMask, "备餐间", 28),
        (FindingKinds.NoHat, "烹饪区", 22),
        (FindingKinds.NoGloves, "专间", 12),
        (FindingKinds.BinOpen, "粗加工", 12),
        (FindingKinds.UncoveredFood, "备餐间", 9),
        (FindingKinds.Phone, "切配区", 7),
        (FindingKinds.NoUniform, "切配区", 5),
        (FindingKinds.Smoking, "烹饪区", 2),
        (FindingKinds.FireUnattended, "烹饪区", 1),
        (FindingKinds.Rodent, "库房", 1),
        (FindingKinds.Intrusion, "库房", 1),
    ];

    public static IReadOnlyList<(string Name, string Kind)> Areas { get; } =
    [
        ("粗加工", "rough-processing"),
        ("切配区", "cutting"),
        ("烹饪区", "cooking"),
        ("备餐间", "serving"),
        ("专间", "clean-room"),
        ("库房", "storage"),
    ];

    public static IReadOnlyList<(string Id, string Name)> Cameras { get; } =
    [("prep", "加工间"), ("stove", "灶台"), ("line", "备餐线"), ("store", "库房")];

    /// <summary>Generates a finding of the given day with its steps; null if it would be in the future.</summary>
    public (Finding Finding, List<FindingStep> Steps)? Next(DateTimeOffset midnight)
    {
        var (kind, area) = Draw();
        var hour = kind is FindingKinds.Rodent or FindingKinds.Intrusion
            ? random.NextDouble() * 5
            : random.Next(3) switch
            {
                0 => 6 + (random.NextDouble() * 2),
                1 => 9.5 + (random.NextDouble() * 3),
                _ => 15.5 + (random.NextDouble() * 2.5),
            };
        var opened = midnight.AddHours(hour);
        if (opened > now)
            return null;
        var tier = Options.TierOf(kind);
        var finding = new Finding
        {
            Id = FindingId.New(opened).ToString(),
            BoxId = box,
            SiteId = site.Id,
            Camera = area switch
            {
                "备餐间" or "专间" => "line",
                "烹饪区" => "stove",
                "库房" => "store",
                _ => "prep",
            },
            Zone = area,
            Kind = kind,
            OpenedAt = opened,
            ClosedAt = opened.AddSeconds(4 + random.Next(90)),
            ReceivedAt = opened.AddSeconds(1),
            Score = 0.7f + (random.NextSingle() * 0.29f),
            Tier = tier,
            Models = "person 1, face 1",
            Boxes = JsonSerializer.Serialize(new[] { new SeenBox("person", 0.9f, 0.2f + (random.NextSingle() * 0.4f), 0.2f, 0.2f, 0.5f) }),
        };
        var steps = new List<FindingStep>();
        Live(finding, steps, tier);
        return (finding, steps);
    }

    private void Live(Finding finding, List<FindingStep> steps, int tier)
    {
        var at = finding.ReceivedAt;
        Take(Steps.Notify, Stages.Notified, "", "", 0);
        if (
            !Take(
                Steps.Acknowledge,
                Stages.Acknowledged,
                "食堂管理员",
                Pick(["已提醒员工并改正", "已当场整改", "已盖好", "正在处理"]),
                random.NextDouble() < 0.9 ? random.NextDouble() * 1.8 : 2 + (random.NextDouble() * 20)
            )
        )
            return;
        if (random.NextDouble() < 0.14)
        {
            Take(
                Steps.Dismiss,
                Stages.Dismissed,
                "检查员",
                Pick(["看错了:是透明口罩", "画面遮挡,看不清", "人已戴帽,误报"]),
                random.NextDouble() * 20
            );
            return;
        }

        if (!Take(Steps.Confirm, Stages.Confirmed, "检查员", "", random.NextDouble() * 20))
            return;
        if (tier == 3 && random.NextDouble() < 0.6)
        {
            Take(Steps.Close, Stages.Closed, "检查员", "已当场改正", random.NextDouble() * 10);
            return;
        }

        if (
            Take(Steps.Order, Stages.Ordered, "检查员", "请按要求整改并上传照片", random.NextDouble() * 8)
            && Take(
                Steps.Rectify,
                Stages.Rectified,
                "食堂管理员",
                Pick(["已更换带盖垃圾桶", "已培训并张贴提示", "已补齐口罩手套"]),
                2 + (random.NextDouble() * 60)
            )
            && Take(Steps.Verify, Stages.Verified, "检查员", "", random.NextDouble() * 30)
        )
            Take(Steps.Close, Stages.Closed, "检查员", "复查合格", random.NextDouble() * 5);

        // Returns false if the step would be in the future: the finding then waits for it, or is overdue.
        bool Take(string step, string stage, string who, string text, double hours)
        {
            var next = at.AddHours(hours);
            if (next > now)
            {
                if (finding.DueAt < now)
                    (finding.OverdueSince, finding.Level) = (finding.DueAt, 1);
                return false;
            }

            at = next;
            var from = steps.Count == 0 ? "" : finding.Stage;
            finding.Stage = stage;
            finding.DueAt = Options.DueAt(stage, tier, at);
            if (stage == Stages.Confirmed)
                finding.ConfirmedAt = at;
            if (Stages.Over.Contains(stage))
                finding.OverAt = at;
            steps.Add(
                new FindingStep
                {
                    FindingId = finding.Id,
                    At = at,
                    PersonId = "",
                    PersonName = who,
                    Step = step,
                    From = from,
                    To = stage,
                    Text = text,
                    DueAt = finding.DueAt,
                }
            );
            return true;
        }
    }

    private (string Kind, string Area) Draw()
    {
        var at = random.Next(Kinds.Sum(k => k.Weight));
        foreach (var (kind, area, weight) in Kinds)
        {
            if ((at -= weight) < 0)
                return (kind, area);
        }

        return (Kinds[0].Kind, Kinds[0].Area);
    }

    private string Pick(string[] of) => of[random.Next(of.Length)];
}
