using System.Data.Common;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Fixtures;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The upgrade that brought foreign keys and lengths, over a database with rows that violate them, on both databases.</summary>
public sealed class UpgradeTests(OwnPostgres postgres) : IDisposable
{
    private const string Before = "_PublicDrawsAndVisits";

    /// <summary>Tables whose rows are worth nothing without what they belong to; everywhere else nothing is lost.</summary>
    private static readonly string[] Worthless =
    [
        "Areas",
        "Grants",
        "Invitations",
        "EnrolmentCodes",
        "Cameras",
        "Risks",
        "ApiTokens",
        "Webhooks",
        "PushSubscriptions",
    ];

    private static readonly string[] AppendOnly = ["AuditEntries", "ChainEntries", "Draws", "DrawSteps", "FindingSteps", "Records"];

    /// <summary>Rows in every table; what names <c>gone</c> names nothing that is there.</summary>
    private static readonly string Rows = $"""
        INSERT INTO "AspNetUsers" ("Id", "DisplayName", "UserName", "EmailConfirmed", "PhoneNumberConfirmed", "TwoFactorEnabled",
            "LockoutEnabled", "AccessFailedCount")
          VALUES ('p', '{new string('名', 300)}', 'p', false, false, false, false, 0);
        INSERT INTO "Regions" ("Id", "ParentId", "Name", "Level", "Path")
          VALUES ('city', NULL, 'city', 'city', '/city/'), ('r2', 'gone', 'r2', 'district', '/gone/r2/');
        INSERT INTO "Sites" ("Id", "Name", "Kind", "RegionId", "RegionPath", "VisitToken", "TimeZone")
          VALUES ('site', 'site', 'restaurant', 'city', '/city/', 'v1', 'Asia/Shanghai'),
            ('s2', 's2', 'restaurant', 'gone', '/gone/', 'v2', 'Asia/Shanghai');
        INSERT INTO "Areas" ("Id", "SiteId", "Name", "Kind") VALUES ('a1', 'site', 'a', 'cooking'), ('a2', 'gone', 'a', 'cooking');
        INSERT INTO "Grants" ("Id", "PersonId", "SiteId", "RegionId", "RegionPath")
          VALUES ('g1', 'p', 'site', NULL, NULL), ('g2', 'p', NULL, 'city', '/city/'), ('g3', 'gone', 'site', NULL, NULL),
            ('g4', 'p', 'gone', NULL, NULL), ('g5', 'p', NULL, 'gone', '/gone/');
        INSERT INTO "Invitations" ("Hash", "SiteId", "ExpiresAt", "UsesLeft") VALUES ('i1', 'site', 0, 1), ('i2', 'gone', 0, 1);
        INSERT INTO "EnrolmentCodes" ("Hash", "SiteId", "For", "ExpiresAt") VALUES ('e1', 'site', 'box', 0), ('e2', 'gone', 'box', 0);
        INSERT INTO "Boxes" ("Id", "SiteId", "Name", "PublicKey", "EnrolledAt", "SetupRevision")
          VALUES ('box', 'site', 'box', '', 0, 0), ('b2', 'gone', 'b2', '', 0, 0);
        INSERT INTO "Cameras" ("BoxId", "Id", "Name", "State", "Detail", "Since")
          VALUES ('box', 'line', 'line', 'live', '', 0), ('gone', 'line', 'line', 'live', '', 0);
        INSERT INTO "Kiosks" ("Id", "SiteId", "Name", "PublicKey", "EnrolledAt")
          VALUES ('kiosk', 'site', 'kiosk', '', 0), ('k2', 'gone', 'k2', '', 0);
        INSERT INTO "KioskReceipts" ("Id", "KioskId", "At") VALUES ('kr1', 'kiosk', 0), ('kr2', 'gone', 0);
        INSERT INTO "Findings" ("Id", "BoxId", "SiteId", "Camera", "Zone", "Kind", "OpenedAt", "ReceivedAt", "Score", "Version",
            "Tier", "Level", "Stage", "Boxes", "Models")
          VALUES ('f1', 'box', 'site', 'line', 'z', 'no-hat', 0, 0, 0.5, 1, 3, 0, 'notified', '[]', ''),
            ('f2', 'gone', 'site', 'line', '{new string('长', 200)}', 'no-hat', 0, 0, 0.5, 1, 3, 0, 'notified', '[]', ''),
            ('f3', 'box', 'gone', 'line', 'z', 'no-hat', 0, 0, 0.5, 1, 3, 0, 'notified', '[]', '');
        INSERT INTO "FindingSteps" ("FindingId", "At", "PersonId", "PersonName", "Step", "From", "To", "Text")
          VALUES ('f1', 0, '', '', 'notify', '', 'notified', ''), ('gone', 0, 'p', 'p', 'confirm', 'notified', 'confirmed', '');
        INSERT INTO "ChainEntries" ("BoxId", "Hash", "Number", "FindingId", "What", "SealedAt", "Text", "Breaks")
          VALUES ('box', 'h1', 1, 'f1', 'evidence', 0, 'x', false), ('box', 'h2', 2, 'not-yet', 'evidence', 0, 'x', false),
            ('gone', 'h1', 1, 'f2', 'evidence', 0, 'x', true);
        INSERT INTO "Cases" ("Id", "SiteId", "Text", "AuthorId", "CreatedAt", "DueAt", "HandedToRegionId", "Version")
          VALUES ('c1', 'site', 'x', '', 0, 0, 'city', 1), ('c2', 'gone', 'x', 'gone', 0, 0, 'gone', 1);
        INSERT INTO "CaseSteps" ("CaseId", "At", "PersonId", "PersonName", "Step", "Text")
          VALUES ('c1', 0, '', '', 'report', ''), ('gone', 0, 'p', 'p', 'answer', 'x');
        INSERT INTO "Staff" ("Id", "SiteId", "Name", "Job", "Version") VALUES ('m1', 'site', 'm', '', 1), ('m2', 'gone', 'm', '', 1);
        INSERT INTO "Records" ("Id", "SiteId", "Kind", "Day", "At", "PersonId", "PersonName", "Data", "StaffId", "Corrects", "Alarming")
          VALUES ('k1', 'site', 'waste', '2026-01-01', 0, 'staff/m1', 'm', '[]', 'm1', NULL, false),
            ('k2', 'gone', 'waste', '2026-01-01', 0, '', '', '[]', 'gone', 'gone', true);
        INSERT INTO "Draws" ("Id", "At", "PersonId", "RegionId", "Seed", "From", "Commitment", "Source", "Names")
          VALUES (1, 0, 'p', 'city', 'x', '[]', '', '', ''), (2, 0, 'gone', 'gone', 'x', '[]', '', '', '');
        INSERT INTO "DrawSteps" ("DrawId", "At", "PersonId", "Step", "Text")
          VALUES (1, 0, 'p', 'drawn', '1'), (99, 0, 'gone', 'drawn', '1');
        INSERT INTO "Risks" ("SiteId", "Score", "Grade", "Because", "At") VALUES ('site', 1, 'A', '[]', 0), ('gone', 1, 'A', '[]', 0);
        INSERT INTO "ApiTokens" ("Id", "PersonId", "Name", "Hash", "Scopes", "SecondFactor", "CreatedAt", "ExpiresAt")
          VALUES ('t1', 'p', 't', 'h1', 'read', false, 0, 0), ('t2', 'gone', 't', 'h2', 'read', false, 0, 0);
        INSERT INTO "Webhooks" ("Id", "PersonId", "Url", "Secret", "CreatedAt")
          VALUES ('w1', 'p', 'x', 'x', 0), ('w2', 'gone', 'x', 'x', 0);
        INSERT INTO "PushSubscriptions" ("Id", "PersonId", "Endpoint", "CreatedAt") VALUES ('u1', 'p', 'x', 0), ('u2', 'gone', 'x', 0);
        INSERT INTO "EventCursors" ("Name", "FindingStep", "FindingTransaction", "CaseStep", "CaseTransaction", "Failures")
          VALUES ('webhook/w1', 1, 0, 1, 0, 0);
        INSERT INTO "SealKeys" ("Id", "Private") VALUES (1, 'x');
        INSERT INTO "AuditEntries" ("Number", "At", "PersonId", "Action", "SiteId", "Subject", "Detail", "Before", "Hash")
          VALUES (1, 0, 'gone', 'step', 'gone', 'finding/gone', '{new string('x', 9000)}', '0', 'h1');
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-upgrade-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upgrade_keeps_every_row_that_says_what_happened(bool onPostgres)
    {
        await using var db = await OldAsync(onPostgres);
        var tables = Own(db).Select(e => e.GetTableName()!).Order().ToList();
        await RunAsync(db, Rows);
        var old = await ReadAsync(db, tables);
        old.Where(t => t.Value.Count == 0).ShouldBeEmpty("a row in every table");

        await db.Database.MigrateAsync(Cancel);

        var kept = await ReadAsync(db, tables);
        foreach (var table in tables)
        {
            var expected = Worthless.Contains(table) ? old[table].Where(r => !r.Contains("gone", StringComparison.Ordinal)) : old[table];
            kept[table].ShouldBe(expected, table);
        }

        if (!onPostgres)
            (await ListAsync(db, "PRAGMA integrity_check")).ShouldBe(["ok"]);

        // What violates is still worked on, and nothing more of its kind gets in.
        await RunAsync(db, """UPDATE "Findings" SET "Stage" = 'closed', "Version" = 2 WHERE "Id" IN ('f2', 'f3')""");
        foreach (
            var orphan in new[]
            {
                """INSERT INTO "DrawSteps" ("DrawId", "At", "PersonId", "Step", "Text") VALUES (99, 0, 'p', 'result', '')""",
                """INSERT INTO "Grants" ("Id", "PersonId", "SiteId") VALUES ('g9', 'gone', 'site')""",
                """UPDATE "Findings" SET "BoxId" = 'gone' WHERE "Id" = 'f1'""",
                """DELETE FROM "Sites" WHERE "Id" = 'site'""",
                """DELETE FROM "Findings" WHERE "Id" = 'f1'""",
                """DELETE FROM "AspNetUsers" WHERE "Id" = 'p'""",
            }
        )
            await Should.ThrowAsync<DbException>(() => RunAsync(db, orphan), orphan);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_has_the_models_foreign_keys_and_indexes_whether_new_or_upgraded(bool onPostgres)
    {
        foreach (var filled in new[] { false, true })
        {
            await using var db = await OldAsync(onPostgres);
            if (filled)
                await RunAsync(db, Rows);
            await db.Database.MigrateAsync(Cancel);
            var keys = onPostgres
                ? """
                    SELECT r.relname || '.' || a.attname || ' ' || t.relname
                      || CASE c.confdeltype WHEN 'c' THEN ' CASCADE' WHEN 'r' THEN ' RESTRICT' ELSE c.confdeltype::text END
                    FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
                      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
                    WHERE c.contype = 'f' AND r.relname NOT LIKE 'AspNet%'
                    """
                : """
                    SELECT m.name || '.' || f."from" || ' ' || f."table" || ' ' || f.on_delete
                    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
                    WHERE m.type = 'table' AND m.name NOT LIKE 'AspNet%'
                    """;
            (await ListAsync(db, keys)).ShouldBe(
                Sorted(
                    Own(db)
                        .SelectMany(e => e.GetForeignKeys())
                        .Select(k =>
                            $"{k.DeclaringEntityType.GetTableName()}.{k.Properties.Single().GetColumnName()} "
                            + $"{k.PrincipalEntityType.GetTableName()}"
                            + $" {k.DeleteBehavior.ToString().ToUpperInvariant()}"
                        )
                )
            );
            var indexes = onPostgres
                ? """
                    SELECT indexname FROM pg_indexes
                    WHERE schemaname = 'public' AND indexname LIKE 'IX!_%' ESCAPE '!' AND tablename NOT LIKE 'AspNet%'
                    """
                : """
                    SELECT name FROM sqlite_schema
                    WHERE type = 'index' AND name LIKE 'IX!_%' ESCAPE '!' AND tbl_name NOT LIKE 'AspNet%'
                    """;
            (await ListAsync(db, indexes)).ShouldBe(
                Sorted(
                    Own(db).Where(e => e.GetTableName() != "AspNetUsers").SelectMany(e => e.GetIndexes()).Select(i => i.GetDatabaseName()!)
                )
            );
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rule_that_old_rows_break_holds_for_new_ones_and_all_others_for_all(bool filled)
    {
        await using var db = await OldAsync(onPostgres: true);
        if (filled)
            await RunAsync(db, Rows);
        await db.Database.MigrateAsync(Cancel);
        var lenient = await ListAsync(db, "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated");
        lenient.Contains("FK_Findings_Boxes_BoxId").ShouldBe(filled);
        lenient.ShouldNotContain("FK_Grants_AspNetUsers_PersonId", "what breaks it is worth nothing and went");
        if (!filled)
            lenient.ShouldBeEmpty();

        var lengths = await ListAsync(
            db,
            """
            SELECT table_name || '.' || column_name || ' ' || character_maximum_length FROM information_schema.columns
            WHERE table_schema = 'public' AND character_maximum_length IS NOT NULL
            """
        );
        var expected = Own(db)
            .SelectMany(e => e.GetProperties())
            .Where(p => p.GetMaxLength() is not null && p.PropertyInfo?.DeclaringType?.Assembly == typeof(CentralDb).Assembly)
            .Select(p => $"{p.DeclaringType.ContainingEntityType.GetTableName()}.{p.GetColumnName()} {p.GetMaxLength()}")
            .ToList();
        expected.Count.ShouldBeGreaterThan(100);
        // Longer text that was there stays as it was, and so does its column.
        string[] left = filled ? [$"AspNetUsers.DisplayName {DisplayName.Longest}", "Findings.Zone 100"] : [];
        expected.Except(lengths).ShouldBe(left, ignoreOrder: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_append_only_stays_so_through_an_upgrade(bool onPostgres)
    {
        await using var db = await OldAsync(onPostgres);
        await RunAsync(db, Rows);
        await db.Database.MigrateAsync(Cancel);
        var triggers = await ListAsync(
            db,
            onPostgres ? "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal" : "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        );
        triggers.ShouldBe(Sorted(AppendOnly.SelectMany(t => onPostgres ? new[] { $"{t}_append_only" } : [$"{t}_delete", $"{t}_update"])));
        foreach (var table in AppendOnly)
        {
            var column = table switch
            {
                "AuditEntries" => "Detail",
                "Records" => "Data",
                "Draws" => "Source",
                _ => "Text",
            };
            foreach (var sql in new[] { $"""UPDATE "{table}" SET "{column}" = 'other'""", $"""DELETE FROM "{table}" """ })
                (await Should.ThrowAsync<DbException>(() => RunAsync(db, sql), sql)).Message.ShouldContain("append-only");
        }
    }

    [Fact]
    public async Task A_value_longer_than_its_column_is_refused_and_never_found_by_its_beginning()
    {
        var open = await postgres.MigratedAsync();
        await using var db = open();
        var id = new string('1', ColumnLengths.Id);
        db.Sites.Add(new Site { Id = id, Name = "s" });
        await db.SaveChangesAsync(Cancel);
        (await db.Sites.AnyAsync(s => s.Id == id, Cancel)).ShouldBeTrue();
        var longer = id + "1";
        (await db.Sites.AnyAsync(s => s.Id == longer, Cancel)).ShouldBeFalse();
        // As browsers count, in UTF-16 units; the database counts characters, which are fewer.
        var longest = string.Concat(Enumerable.Repeat("𠮷", Area.LongestName / 2));
        db.Areas.Add(
            new Area
            {
                Id = "a",
                SiteId = id,
                Name = longest,
                Kind = "cooking",
            }
        );
        await db.SaveChangesAsync(Cancel);
        db.Areas.Add(
            new Area
            {
                Id = "b",
                SiteId = id,
                Name = new string('x', Area.LongestName + 1),
                Kind = "cooking",
            }
        );
        await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync(Cancel));
    }

    /// <summary>
    /// Every released version's database becomes this version's: the same tables, indexes, triggers and keys as a new one has.
    /// </summary>
    [Theory]
    [InlineData("311dfee", false)]
    [InlineData("311dfee", true)]
    public async Task A_released_versions_database_becomes_like_a_new_one(string release, bool onPostgres)
    {
        var kind = onPostgres ? "postgres" : "sqlite";
        var schema = Path.Combine(Repository.Root, "tests", "CentralServer.Tests", "Schemas", $"{release}-{kind}.sql");
        await using var old = await EmptyAsync(onPostgres);
        await RunAsync(old, await File.ReadAllTextAsync(schema, Cancel));
        await using var fresh = await EmptyAsync(onPostgres);

        await Upgrade.RunAsync(old, Cancel);
        await Upgrade.RunAsync(fresh, Cancel);

        (await old.Database.GetAppliedMigrationsAsync(Cancel)).ShouldBe(old.Database.GetMigrations());
        var parts = onPostgres
            ? """
                SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
                  || coalesce(character_maximum_length, 0) FROM information_schema.columns WHERE table_schema = 'public'
                UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL SELECT tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                  WHERE connamespace = 'public'::regnamespace
                """
            : """
                SELECT m.name || '.' || p.name || ' ' || p.type || ' ' || p."notnull" || ' ' || p.pk
                  FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'
                UNION ALL SELECT type || ' ' || name || ' ' || tbl_name FROM sqlite_schema WHERE type <> 'table'
                UNION ALL SELECT m.name || '.' || f."from" || ' ' || f."table" || ' ' || f.on_delete
                  FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
                """;
        (await ListAsync(old, parts)).ShouldBe(await ListAsync(fresh, parts));
    }

    [Fact]
    public async Task A_database_older_than_the_first_release_is_refused_and_left_alone()
    {
        await using var db = await EmptyAsync(onPostgres: false);
        await RunAsync(
            db,
            """
            CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsHistory" VALUES ('20261124022506_Beginning', '10.0.15');
            """
        );
        (await Should.ThrowAsync<InvalidDataException>(() => Upgrade.RunAsync(db, Cancel))).Message.ShouldContain("311dfee");
        (await db.Database.GetAppliedMigrationsAsync(Cancel)).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_upgrade_can_be_taken_back(bool onPostgres)
    {
        await using var db = await OldAsync(onPostgres);
        var schema = onPostgres
            ? """
                SELECT table_name || column_name || data_type || coalesce(character_maximum_length, 0)
                FROM information_schema.columns WHERE table_schema = 'public'
                UNION ALL SELECT conname FROM pg_constraint WHERE contype = 'f'
                """
            : "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL";
        var before = await ListAsync(db, schema);
        await db.Database.MigrateAsync(Cancel);
        (await ListAsync(db, schema)).ShouldNotBe(before);
        await db.GetService<IMigrator>().MigrateAsync(OldOf(db), Cancel);
        (await ListAsync(db, schema)).ShouldBe(before);
    }

    private static string OldOf(CentralDb db) => db.Database.GetMigrations().Single(m => m.EndsWith(Before, StringComparison.Ordinal));

    private static IEnumerable<IEntityType> Own(CentralDb db) =>
        db.GetService<IDesignTimeModel>().Model.GetEntityTypes().Where(e => e.ClrType.Assembly == typeof(CentralDb).Assembly);

    private static List<string> Sorted(IEnumerable<string> values) => [.. values.Order(StringComparer.Ordinal)];

    private async Task<CentralDb> OldAsync(bool onPostgres)
    {
        var db = await EmptyAsync(onPostgres);
        await db.GetService<IMigrator>().MigrateAsync(OldOf(db), Cancel);
        return db;
    }

    private async Task<CentralDb> EmptyAsync(bool onPostgres)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.db");
        CentralDb db = onPostgres
            ? new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(await postgres.NewDatabaseAsync()).Options)
            : new CentralDb(new DbContextOptionsBuilder<CentralDb>().UseSqlite($"Data Source={file}").Options);
        // One connection for all that follows, as SQLite enforces by connection.
        await db.Database.OpenConnectionAsync(Cancel);
        return db;
    }

    // Without what EF does to the text: {} stands in some values.
    private static async Task RunAsync(CentralDb db, string sql)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<List<string>> ListAsync(CentralDb db, string sql)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var list = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            var values = Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetValue(i).ToString());
            list.Add(string.Join('|', values));
        }

        list.Sort(StringComparer.Ordinal);
        return list;
    }

    private static async Task<Dictionary<string, List<string>>> ReadAsync(CentralDb db, List<string> tables)
    {
        var rows = new Dictionary<string, List<string>>();
        foreach (var table in tables)
            rows[table] = await ListAsync(db, $"""SELECT * FROM "{table}" """);
        return rows;
    }
}
