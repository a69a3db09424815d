using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>A site's risk and its reasons, on a database of the test's own.</summary>
public sealed class RiskTests(RunningServer server)
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 4, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_reason_counts_by_its_own_measure_and_what_is_only_a_clue_does_not()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-risk-").FullName;
        try
        {
            var open = await server.NewDatabaseAsync(folder);
            await using (var db = open())
            {
                foreach (var id in new[] { "calm", "busy" })
                    db.Sites.Add(new Site { Id = id, Name = id });
                void Find(string kind, int tier, string stage, int daysAgo = 1, bool late = false) =>
                    db.Findings.Add(
                        new Finding
                        {
                            Id = FindingId.New(Noon).ToString(),
                            BoxId = "b",
                            SiteId = "busy",
                            Camera = "c",
                            Zone = "z",
                            Kind = kind,
                            Tier = tier,
                            Stage = stage,
                            OpenedAt = Noon.AddDays(-daysAgo),
                            OverdueSince = late ? Noon.AddHours(-1) : null,
                        }
                    );
                Find(FindingKinds.Rodent, 1, Stages.Confirmed);
                for (var i = 0; i < 3; i++)
                    Find(FindingKinds.NoHat, 3, Stages.Closed);
                Find(FindingKinds.Smoking, 2, Stages.Notified, late: true);
                Find(FindingKinds.Smoking, 2, Stages.Dismissed);
                Find(FindingKinds.Smoking, 2, Stages.Closed, daysAgo: 31);
                db.Boxes.Add(
                    new Box
                    {
                        Id = "b",
                        SiteId = "busy",
                        Name = "b",
                        PublicKey = "",
                        LastSeenAt = Noon.AddHours(-6),
                    }
                );
                db.Boxes.Add(
                    new Box
                    {
                        Id = "c",
                        SiteId = "calm",
                        Name = "c",
                        PublicKey = "",
                        LastSeenAt = Noon.AddMinutes(-6),
                    }
                );
                db.Staff.Add(
                    new StaffMember
                    {
                        Id = "s1",
                        SiteId = "busy",
                        Name = "s1",
                        CertificateUntil = new(2026, 11, 24),
                    }
                );
                db.Staff.Add(
                    new StaffMember
                    {
                        Id = "s2",
                        SiteId = "busy",
                        Name = "s2",
                        CertificateUntil = new(2026, 11, 25),
                    }
                );
                db.Staff.Add(
                    new StaffMember
                    {
                        Id = "s3",
                        SiteId = "busy",
                        Name = "s3",
                        LeftOn = new(2026, 1, 1),
                    }
                );
                db.Cases.Add(
                    new FeedbackCase
                    {
                        Id = "c1",
                        SiteId = "busy",
                        Text = "t",
                        AuthorId = "a",
                        CreatedAt = Noon.AddDays(-40),
                        DueAt = Noon.AddDays(-35),
                    }
                );
                db.Cases.Add(
                    new FeedbackCase
                    {
                        Id = "c2",
                        SiteId = "busy",
                        Text = "t",
                        AuthorId = "a",
                        CreatedAt = Noon.AddDays(-40),
                        DueAt = Noon.AddDays(-35),
                        Answer = "done",
                    }
                );
                await db.SaveChangesAsync(TestContext.Current.CancellationToken);
            }

            // Twice: what is there is changed and not doubled.
            for (var i = 0; i < 2; i++)
            {
                await using var db = open();
                await new RiskCalculator(db, new() { RepeatFrom = 3 }, new FakeTimeProvider(Noon)).RefreshAsync(
                    TestContext.Current.CancellationToken
                );
            }

            await using var after = open();
            after
                .Risks.Single(r => r.SiteId == "calm")
                .ShouldSatisfyAllConditions(r => r.Score.ShouldBe(0), r => r.Grade.ShouldBe("A"), r => r.Reasons.ShouldBeEmpty());
            var busy = after.Risks.Single(r => r.SiteId == "busy");
            // 6 × log2(1 + (10 + 3 × 1) / 5); one kind three times; one overdue; 6 h × 0.5; one expired; one case, overdue.
            busy.Reasons.ShouldBe(
                [
                    new(RiskReasons.Findings, 4, 11.1),
                    new(RiskReasons.Overdue, 1, 8),
                    new(RiskReasons.Certificates, 1, 5),
                    new(RiskReasons.Repeats, 1, 3),
                    new(RiskReasons.Cases, 1, 4),
                    new(RiskReasons.Offline, 6, 3),
                ],
                ignoreOrder: true
            );
            busy.Score.ShouldBe(34);
            busy.Grade.ShouldBe("B");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Theory]
    [InlineData(0, "A")]
    [InlineData(14, "A")]
    [InlineData(15, "B")]
    [InlineData(35, "C")]
    [InlineData(60, "D")]
    [InlineData(100, "D")]
    public void Grades_begin_where_the_settings_say(int score, string grade) => new RiskOptions().GradeOf(score).ShouldBe(grade);
}
