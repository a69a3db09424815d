using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Events on PostgreSQL, where what commits later may have the smaller number.</summary>
public sealed class EventDispatcherTests(OwnPostgres postgres)
{
    private const string Receiver = "receiver";
    private readonly FakeTimeProvider time = new(new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> sent = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_commits_long_after_its_number_was_taken_is_still_sent_and_in_order()
    {
        var open = await BegunAsync();
        await using var slow = open();
        await using var transaction = await slow.Database.BeginTransactionAsync(Cancel);
        await AddAsync(slow, "slow");
        await using (var quick = open())
            await AddAsync(quick, "quick");
        // Far longer than any window of time.
        time.Advance(TimeSpan.FromHours(2));
        await RunAsync(open);
        sent.ShouldNotContain("slow");
        await transaction.CommitAsync(Cancel);
        await UntilSentAsync(open, "slow", "quick");
        await RunAsync(open);
        sent.Count.ShouldBe(2, "each once");
    }

    [Fact]
    public async Task A_transaction_that_rolls_back_holds_nothing_up_and_many_writers_lose_nothing()
    {
        var open = await BegunAsync();
        await using (var db = open())
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
            await AddAsync(db, "rolled-back");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var reading = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                    await RunAsync(open);
            },
            Cancel
        );
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async writer =>
                {
                    for (var i = 0; i < 25; i++)
                    {
                        await using var db = open();
                        await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
                        await AddAsync(db, $"{writer}-{i}");
                        await Task.Delay(Random.Shared.Next(8), Cancel);
                        await transaction.CommitAsync(Cancel);
                    }
                })
        );
        await stop.CancelAsync();
        await reading;
        await Until.Async(async () => await RunAsync(open) == 0);
        sent.Order().ShouldBe(Enumerable.Range(0, 8).SelectMany(w => Enumerable.Range(0, 25).Select(i => $"{w}-{i}")).Order());
    }

    [Fact]
    public async Task After_a_restore_into_a_younger_postgresql_what_was_not_sent_is_sent_and_new_events_too()
    {
        var open = await BegunAsync();
        await using (var db = open())
            await AddAsync(db, "before");
        await UntilSentAsync(open, "before");
        await using (var db = open())
        {
            await AddAsync(db, "unsent");
            // As from a cluster whose transactions had reached a billion.
            await db.Database.ExecuteSqlRawAsync(
                """ALTER TABLE "FindingSteps" DISABLE TRIGGER USER; UPDATE "FindingSteps" SET "Transaction" = "Transaction" + 1000000000; UPDATE "EventCursors" SET "FindingTransaction" = "FindingTransaction" + 1000000000; ALTER TABLE "FindingSteps" ENABLE TRIGGER USER""",
                Cancel
            );
        }

        await using (var db = open())
            await EventDispatcher.AlignAsync(db, Cancel);
        await using (var db = open())
            await AddAsync(db, "after");
        await UntilSentAsync(open, "before", "unsent", "after");
    }

    [Fact]
    public async Task An_upgrade_sends_nothing_again_and_loses_nothing()
    {
        var connection = await postgres.NewDatabaseAsync();
        CentralDb Open() => new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(connection).Options);
        await using (var db = Open())
        {
            await db.GetService<IMigrator>()
                .MigrateAsync(db.Database.GetMigrations().First(m => m.EndsWith("_Initial", StringComparison.Ordinal)), Cancel);
            // By the older program, which knows no transactions.
            await db.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO "Sites" ("Id", "Name", "Kind", "RegionPath", "TimeZone") VALUES ('site', 'site', 'restaurant', '/', 'Asia/Shanghai');
                INSERT INTO "Boxes" ("Id", "SiteId", "Name", "PublicKey", "EnrolledAt", "SetupRevision") VALUES ('box', 'site', 'box', '', 0, 0);
                INSERT INTO "Findings" ("Id", "BoxId", "SiteId", "Camera", "Zone", "Kind", "OpenedAt", "ReceivedAt", "Score", "Tier", "Stage", "Level", "Boxes", "Models")
                  SELECT 'f' || n, 'box', 'site', CASE WHEN n <= 2 THEN 'sent' ELSE 'unsent' END, 'z', 'no-mask', 0, 0, 0, 3, 'notified', 0, '[]', '' FROM generate_series(1, 3) n;
                INSERT INTO "FindingSteps" ("FindingId", "At", "PersonId", "PersonName", "Step", "From", "To", "Text") SELECT 'f' || n, 0, '', '', 'notify', '', 'notified', '' FROM generate_series(1, 3) n;
                INSERT INTO "EventCursors" ("Name", "FindingStep", "CaseStep", "Failures") SELECT 'receiver', max("Id") - 1, 0, 0 FROM "FindingSteps";
                """,
                Cancel
            );
            await db.Database.MigrateAsync(Cancel);
            await EventDispatcher.AlignAsync(db, Cancel);
        }

        await using (var db = Open())
            await AddAsync(db, "new");
        await RunAsync(Open);
        sent.ShouldBe(["unsent", "new"]);
    }

    [Fact]
    public async Task Where_nothing_happened_nothing_is_written()
    {
        var counter = new CommandCounter();
        var open = await postgres.MigratedAsync(counter);
        await BeginAsync(open);
        await using (var db = open())
            await AddAsync(db, "one");
        await UntilSentAsync(open, "one");
        counter.Clear();
        for (var i = 0; i < 5; i++)
            await RunAsync(open);
        counter.Writes.ShouldBeEmpty();
        sent.ShouldBe(["one"]);
    }

    private async Task<Func<CentralDb>> BegunAsync()
    {
        var open = await postgres.MigratedAsync();
        await BeginAsync(open);
        return open;
    }

    private async Task BeginAsync(Func<CentralDb> open)
    {
        await using var db = open();
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
        await new EventDispatcher(db, time).BeginAsync(Receiver, Cancel);
    }

    private async Task AddAsync(CentralDb db, string name)
    {
        var now = time.GetUtcNow();
        db.Findings.Add(
            new Finding
            {
                Id = FindingId.New(now).ToString(),
                BoxId = "box",
                SiteId = "site",
                Camera = name,
                Zone = "z",
                Kind = FindingKinds.NoMask,
                OpenedAt = now,
                ReceivedAt = now,
            }
        );
        db.FindingSteps.Add(
            new FindingStep
            {
                FindingId = db.Findings.Local.Single(f => f.Camera == name).Id,
                At = now,
                PersonId = "",
                Step = Steps.Notify,
                To = Stages.Notified,
            }
        );
        await db.SaveChangesAsync(Cancel);
    }

    // Another database's transaction in the same cluster holds events back too, for as long as it lasts.
    private async Task UntilSentAsync(Func<CentralDb> open, params string[] expected)
    {
        await Until.Async(async () =>
        {
            await RunAsync(open);
            return sent.Count >= expected.Length;
        });
        sent.ShouldBe(expected);
    }

    private async Task<int> RunAsync(Func<CentralDb> open)
    {
        await using var db = open();
        return await new EventDispatcher(db, time).RunAsync(
            Receiver,
            null,
            integrationEvent =>
            {
                sent.Add(integrationEvent.Finding!.Camera);
                return Task.FromResult<string?>(null);
            },
            Cancel
        );
    }
}
