using System.Diagnostics;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.Fixtures;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>"Back up, then upgrade" with the programs of the upgrade already in place, on both databases.</summary>
public sealed class SchemaTests(OwnPostgres postgres)
{
    /// <summary>Text without a bound of its own, and why.</summary>
    private static readonly Dictionary<string, string> Unbounded = new()
    {
        ["AuditEntry.Subject"] = "a line of the log is never refused for its length",
        ["AuditEntry.Detail"] = "as its subject",
        ["Box.SetupOrder"] = "encrypted JSON of up to SetupService.LargestSetup",
        ["Box.SetupReport"] = "JSON with a setup of up to SetupService.LargestSetup",
        ["ChainEntry.Text"] = "stored as it was signed; Jws refuses more than a MiB",
        ["Finding.Boxes"] = "JSON of as many boxes as FindingReport.Fault allows",
        ["InspectionDraw.From"] = "JSON of every site and official of a region",
        ["InspectionDraw.Names"] = "as From",
        ["KitchenRecord.Data"] = "JSON of fields that RecordField bounds each",
        ["SiteRisk.Because"] = "JSON of the reasons, one a rule",
    };

    /// <summary>Columns that name a row and have no foreign key, and why.</summary>
    private static readonly Dictionary<string, string> Unbound = new()
    {
        ["AuditEntry.PersonId"] = "the log outlives all that it is about",
        ["AuditEntry.SiteId"] = "the log outlives all that it is about",
        ["CaseStep.PersonId"] = "empty in a report, so that nobody finds the author in it",
        ["ChainEntry.FindingId"] = "an entry is stored whether its finding has arrived or not",
        ["FeedbackCase.AuthorId"] = "empty for a visitor without an account",
        ["FindingStep.PersonId"] = "empty for the system, staff/… for staff at a kiosk",
        ["KitchenRecord.PersonId"] = "staff/… for staff at a kiosk",
    };

    /// <summary>What belongs to its owner and goes with it; all else keeps its owner from being deleted.</summary>
    private static readonly string[] Owned =
    [
        "ApiToken",
        "Area",
        "Camera",
        "EnrolmentCode",
        "Grant",
        "Invitation",
        "PushSubscription",
        "SiteRisk",
        "Webhook",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "Data Source=nowhere.db")]
    [InlineData(true, "Host=nowhere")]
    public async Task The_model_is_that_of_the_newest_migration(bool onPostgres, string connection)
    {
        await using var db = Open(onPostgres, connection);
        db.Database.HasPendingModelChanges().ShouldBeFalse();
    }

    [Fact]
    public async Task Every_text_column_has_a_length_or_a_reason_to_have_none()
    {
        await using var db = Open(false, "Data Source=nowhere.db");
        var texts = OwnTypes(db).SelectMany(e => e.GetProperties()).Where(p => p.ClrType == typeof(string)).Where(IsOwn).ToList();
        texts.Count.ShouldBeGreaterThan(100);
        texts.Where(p => p.GetMaxLength() is null).Select(Name).ShouldBe(Unbounded.Keys, ignoreOrder: true);
    }

    [Fact]
    public async Task Every_column_that_names_a_row_has_a_foreign_key_or_a_reason_to_have_none()
    {
        await using var db = Open(false, "Data Source=nowhere.db");
        var ids = OwnTypes(db)
            .SelectMany(e => e.GetProperties())
            .Where(p => p.Name.EndsWith("Id", StringComparison.Ordinal) && p.Name != "Id")
            .Where(IsOwn)
            .ToList();
        ids.Count.ShouldBeGreaterThan(30);
        ids.Where(p => !p.IsForeignKey()).Select(Name).ShouldBe(Unbound.Keys, ignoreOrder: true);
    }

    [Fact]
    public async Task Evidence_and_records_keep_what_they_are_about_from_being_deleted()
    {
        await using var db = Open(false, "Data Source=nowhere.db");
        foreach (var key in OwnTypes(db).SelectMany(e => e.GetForeignKeys()))
        {
            var isOwned = Owned.Contains(key.DeclaringEntityType.ClrType.Name);
            key.DeleteBehavior.ShouldBe(isOwned ? DeleteBehavior.Cascade : DeleteBehavior.Restrict, key.ToString());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backup_migrates_nothing_and_one_of_a_newer_schema_is_not_restored(bool onPostgres)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-schema-").FullName;
        try
        {
            var (data, empty, file) = (Path.Combine(folder, "data"), Path.Combine(folder, "empty"), Path.Combine(folder, "city.tar"));
            Directory.CreateDirectory(data);
            var connection = onPostgres ? await postgres.NewDatabaseAsync() : $"Data Source={Path.Combine(data, "central.db")}";
            string[] database = onPostgres ? ["--ConnectionStrings:Postgres", connection] : [];
            string old;
            await using (var db = Open(onPostgres, connection))
            {
                old = db.Database.GetMigrations().First(m => m.EndsWith("_PublicDrawsAndVisits", StringComparison.Ordinal));
                await db.GetService<IMigrator>().MigrateAsync(old, Cancel);
            }

            (await RunAsync(["backup", "--to", file, "--Data", data, .. database])).ShouldStartWith("0 ");
            (await AppliedAsync(onPostgres, connection)).ShouldBe(old, "the live database is as it was");

            string[] elsewhere = onPostgres ? ["--ConnectionStrings:Postgres", await postgres.NewDatabaseAsync()] : [];
            (await RunAsync(["restore", "--from", file, "--Data", empty, .. elsewhere])).ShouldStartWith("0 ");

            // As a program of next year leaves it.
            await using (var db = Open(onPostgres, connection))
                await db.Database.ExecuteSqlRawAsync(
                    """INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion") VALUES ('29990101000000_NextYear', '99.0.0')""",
                    Cancel
                );
            (await RunAsync(["backup", "--to", file, "--Data", data, .. database])).ShouldStartWith("0 ");
            var refused = Path.Combine(folder, "refused");
            string[] third = onPostgres ? ["--ConnectionStrings:Postgres", await postgres.NewDatabaseAsync()] : [];
            (await RunAsync(["restore", "--from", file, "--Data", refused, .. third])).ShouldSatisfyAllConditions(
                s => s.ShouldStartWith("2 "),
                s => s.ShouldContain("29990101000000_NextYear")
            );
            File.Exists(Path.Combine(refused, "central.db")).ShouldBeFalse();
            // And not into another kind of database.
            string[] other = onPostgres ? [] : ["--ConnectionStrings:Postgres", await postgres.NewDatabaseAsync()];
            (await RunAsync(["restore", "--from", file, "--Data", refused, .. other])).ShouldStartWith("2 ");
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task Pg_dump_connects_no_less_safely_than_the_server()
    {
        // This PostgreSQL has no TLS: who demands it does not get in.
        var connection = await postgres.NewDatabaseAsync() + ";SSL Mode=Require";
        var file = Path.GetTempFileName();
        try
        {
            (
                await Should.ThrowAsync<InvalidDataException>(() =>
                    PostgresProgram.RunAsync("pg_dump", connection, ["--format=custom", $"--file={file}"], Cancel)
                )
            ).Message.ShouldContain("SSL");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("SSL Mode=VerifyFull;Root Certificate=/ca.pem", "PGSSLMODE=verify-full PGSSLROOTCERT=/ca.pem")]
    [InlineData("SSL Mode=VerifyCA;SSL Certificate=/me.pem;SSL Key=/me.key", "PGSSLMODE=verify-ca PGSSLCERT=/me.pem PGSSLKEY=/me.key")]
    [InlineData("Channel Binding=Require;Options=-c search_path=x", "PGSSLMODE=prefer PGCHANNELBINDING=require PGOPTIONS=-c search_path=x")]
    public void What_a_connection_demands_goes_to_the_programs(string connection, string expected)
    {
        var environment = PostgresProgram.Environment(new(connection)).Select(e => $"{e.Name}={e.Value}").ToList();
        foreach (var one in expected.Split(" PG").Select((e, i) => i == 0 ? e : "PG" + e))
            environment.ShouldContain(one);
    }

    private static IEnumerable<IEntityType> OwnTypes(CentralDb db) =>
        db.Model.GetEntityTypes().Where(e => e.ClrType.Assembly == typeof(CentralDb).Assembly);

    // And not Identity's, of a person.
    private static bool IsOwn(IProperty property) => property.PropertyInfo?.DeclaringType?.Assembly == typeof(CentralDb).Assembly;

    private static string Name(IProperty property) => $"{property.DeclaringType.ClrType.Name}.{property.Name}";

    private static CentralDb Open(bool onPostgres, string connection) =>
        onPostgres
            ? new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(connection).Options)
            : new CentralDb(new DbContextOptionsBuilder<CentralDb>().UseSqlite(connection).Options);

    private static async Task<string?> AppliedAsync(bool onPostgres, string connection)
    {
        await using var db = Open(onPostgres, connection);
        return (await db.Database.GetAppliedMigrationsAsync(Cancel)).LastOrDefault();
    }

    private static async Task<string> RunAsync(string[] arguments)
    {
        using var run = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = await run.StandardOutput.ReadToEndAsync(Cancel) + await run.StandardError.ReadToEndAsync(Cancel);
        await run.WaitForExitAsync(Cancel);
        return $"{run.ExitCode} {said}";
    }
}
