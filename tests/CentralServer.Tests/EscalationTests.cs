using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Deadlines and the audit log, in a database of their own and a time of their own.</summary>
public sealed class EscalationTests(RunningServer server) : IAsyncLifetime
{
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-life-").FullName;
    private readonly FakeTimeProvider time = new(Eleven);
    private readonly LifeOptions life = new();
    private Func<CentralDb> open = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        open = await server.NewDatabaseAsync(folder);
        await using var db = Db();
        db.Sites.Add(new Site { Id = "site", Name = "site" });
        db.Boxes.Add(
            new Box
            {
                Id = "box",
                SiteId = "site",
                Name = "box",
                PublicKey = "",
            }
        );
        await db.SaveChangesAsync(Cancel);
    }

    public ValueTask DisposeAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_an_official_escalated_to_the_top_before_its_deadline_is_overdue_all_the_same()
    {
        await AddAsync(FindingKinds.NoMask);
        await using (var db = Db())
            await db.Findings.ExecuteUpdateAsync(f => f.SetProperty(x => x.Level, 3), Cancel);
        time.Advance(TimeSpan.FromMinutes(121));
        (await EscalateAsync()).ShouldBe(1);
        await using (var db = Db())
        {
            var finding = await db.Findings.SingleAsync(Cancel);
            (finding.Level, finding.OverdueSince).ShouldBe((3, Eleven.AddMinutes(120)));
        }

        time.Advance(TimeSpan.FromDays(3));
        (await EscalateAsync()).ShouldBe(0, "it cannot go higher");
    }

    [Theory]
    [InlineData(FindingKinds.Rodent, 15, 60)]
    [InlineData(FindingKinds.NoMask, 120, 24 * 60)]
    public async Task What_nobody_answers_goes_up_level_by_level_and_no_further_than_the_city(string kind, int minutes, int pause)
    {
        await AddAsync(kind);
        (await EscalateAsync()).ShouldBe(0, "it is not late yet");
        time.Advance(TimeSpan.FromMinutes(minutes) + TimeSpan.FromSeconds(1));
        for (var level = 1; level <= 3; level++)
        {
            (await EscalateAsync()).ShouldBe(1);
            (await EscalateAsync()).ShouldBe(0, "once a pause");
            await using var db = Db();
            var finding = await db.Findings.SingleAsync(Cancel);
            finding.Level.ShouldBe(level);
            finding.OverdueSince.ShouldBe(Eleven.AddMinutes(minutes));
            finding.Mark.ShouldBe(
                kind == FindingKinds.Rodent
                    ? level == 1
                        ? "yellow"
                        : "red"
                    : null
            );
            time.Advance(TimeSpan.FromMinutes(pause) + TimeSpan.FromSeconds(1));
        }

        (await EscalateAsync()).ShouldBe(0);
        await using var end = Db();
        (await end.FindingSteps.CountAsync(s => s.Step == Steps.Overdue, Cancel)).ShouldBe(3);
    }

    [Fact]
    public async Task Several_servers_that_look_at_once_escalate_once()
    {
        for (var i = 0; i < 10; i++)
            await AddAsync(FindingKinds.BinOpen);
        time.Advance(TimeSpan.FromHours(3));
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(EscalateAsync, Cancel)));
        counts.Sum().ShouldBe(10);
        await using var db = Db();
        (await db.Findings.AllAsync(f => f.Level == 1, Cancel)).ShouldBeTrue();
        (await db.FindingSteps.CountAsync(s => s.Step == Steps.Overdue, Cancel)).ShouldBe(10);
    }

    [Fact]
    public async Task Many_who_write_the_audit_log_at_once_make_one_chain()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(w =>
                    Task.Run(
                        async () =>
                        {
                            for (var i = 0; i < 10; i++)
                            {
                                await using var db = Db();
                                await new AuditLog(db, time).WriteAsync(
                                    [
                                        new($"w{w}", AuditActions.View, null, $"finding/{i}"),
                                        new($"w{w}", AuditActions.View, null, $"live/{i}"),
                                    ],
                                    Cancel
                                );
                            }
                        },
                        Cancel
                    )
                )
        );
        await using var check = Db();
        (await new AuditLog(check, time).CheckAsync(null, Cancel)).ShouldBe((120, 120, null));
    }

    [Theory]
    [InlineData("UPDATE \"AuditEntries\" SET \"Detail\" = 'nothing happened' WHERE \"Number\" = 7", 7)]
    [InlineData("UPDATE \"AuditEntries\" SET \"PersonId\" = 'somebody else' WHERE \"Number\" = 1", 1)]
    [InlineData("DELETE FROM \"AuditEntries\" WHERE \"Number\" = 5", 5)]
    [InlineData("UPDATE \"AuditEntries\" SET \"At\" = \"At\" + 1 WHERE \"Number\" = 10", 10)]
    public async Task A_line_that_somebody_changes_past_the_database_is_named(string sql, int line)
    {
        await using var db = Db();
        for (var i = 0; i < 10; i++)
            await new AuditLog(db, time).WriteAsync([new("me", AuditActions.Step, null, $"finding/{i}", "confirm")], Cancel);
        await Should.ThrowAsync<Exception>(() => db.Database.ExecuteSqlRawAsync(sql, Cancel));
        await db.Database.ExecuteSqlRawAsync(
            db is PostgresDb
                ? "DROP TRIGGER \"AuditEntries_append_only\" ON \"AuditEntries\""
                : "DROP TRIGGER AuditEntries_UPDATE; DROP TRIGGER AuditEntries_DELETE",
            Cancel
        );
        await db.Database.ExecuteSqlRawAsync(sql, Cancel);
        (await new AuditLog(db, time).CheckAsync(null, Cancel)).Broken.ShouldBe(line);
        // Of the newest five lines, those before are not asked; but the first of them must still fit.
        (await new AuditLog(db, time).CheckAsync(5, Cancel)).Broken.ShouldBe(
            line >= 5
                ? line == 5
                    ? 6
                    : line
                : null
        );
    }

    private CentralDb Db() => open();

    private async Task AddAsync(string kind)
    {
        await using var db = Db();
        var tier = life.TierOf(kind);
        db.Findings.Add(
            new Finding
            {
                Id = FindingId.New(time.GetUtcNow()).ToString(),
                BoxId = "box",
                SiteId = "site",
                Camera = "line",
                Zone = "zone",
                Kind = kind,
                OpenedAt = time.GetUtcNow(),
                ReceivedAt = time.GetUtcNow(),
                Tier = tier,
                DueAt = life.DueAt(Stages.Notified, tier, time.GetUtcNow()),
            }
        );
        await db.SaveChangesAsync(Cancel);
    }

    private async Task<int> EscalateAsync()
    {
        await using var db = Db();
        return await new WorkflowService(
            db,
            new SiteScope(db, new HttpContextAccessor()),
            new AuditLog(db, time),
            new FindingFeed(time),
            new Dismissals(db, null!, null!),
            life,
            time
        ).EscalateAsync(Cancel);
    }
}
