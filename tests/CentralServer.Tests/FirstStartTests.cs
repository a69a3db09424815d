using System.Diagnostics;
using BrightKitchen.Fixtures;
using Microsoft.Data.Sqlite;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// The shipped server's start after one that was stopped in the middle, on SQLite, and what its commands make of their arguments.
/// </summary>
[Trait("database", "any")]
public sealed class FirstStartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-first-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(folder, "data");

    private string Database => Path.Combine(Data, "central.db");

    [Fact]
    public async Task A_server_that_was_killed_while_it_upgraded_starts_again()
    {
        Directory.CreateDirectory(Data);
        // As a process that was stopped in the middle leaves it: Entity Framework's row outlives it.
        await using (var left = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            await left.OpenAsync(Cancel);
            await using var command = left.CreateCommand();
            command.CommandText = """
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-11-27 06:57:33+00:00');
                """;
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await StartsAsync();
        // Wherever it is.
        for (var round = 0; round < 2; round++)
        {
            foreach (var file in Directory.GetFiles(Data, "central.db*"))
                File.Delete(file);
            foreach (var heads in Directory.GetFiles(Data, "audit-heads*"))
                File.Delete(heads);
            await using (var child = Server())
            {
                for (var since = Stopwatch.StartNew(); !File.Exists(Database) && since.Elapsed < Patience; )
                    await Task.Delay(10, Cancel);
                await Task.Delay(150 + (450 * round), Cancel);
                await child.KillAsync();
            }

            await StartsAsync();
        }
    }

    [Fact]
    public async Task An_upgrade_waits_for_another_process_that_upgrades_and_says_so()
    {
        Directory.CreateDirectory(Data);
        var log = Path.Combine(folder, "server.log");
        await using var other = new FileStream(Database + ".upgrade", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var starting = StartsAsync();
        for (
            var since = Stopwatch.StartNew();
            !File.Exists(log) || !(await File.ReadAllTextAsync(log, Cancel)).Contains("waiting for it", StringComparison.Ordinal);

        )
        {
            since.Elapsed.ShouldBeLessThan(Patience);
            await Task.Delay(100, Cancel);
        }

        starting.IsCompleted.ShouldBeFalse();
        await other.DisposeAsync();
        await starting;
    }

    [Fact]
    public async Task A_lost_database_does_not_become_a_new_city_beside_the_old_ones_audit_log()
    {
        await StartsAsync();
        await File.WriteAllTextAsync(Path.Combine(Data, "audit-heads.jws"), "signed\n", Cancel);
        foreach (var file in Directory.GetFiles(Data, "central.db*"))
            File.Delete(file);
        await File.WriteAllTextAsync(Database, "", Cancel);
        await using var child = Server();
        (await child.ExitAsync(Patience, Cancel)).ShouldBe(2);
        new FileInfo(Database).Length.ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_is_none_ends_with_a_sentence_and_1()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllBytesAsync(Database, [.. Enumerable.Range(0, 9000).Select(i => (byte)(i * 7))], Cancel);
        var (exit, _, said) = await RunAsync("enrolment-code");
        exit.ShouldBe(1);
        said.ShouldContain("cannot be opened");
        said.ShouldNotContain("   at ", Case.Sensitive, "no stack trace");
    }

    [Fact]
    public async Task A_code_is_for_the_site_that_is_named_in_whatever_order_and_for_no_unknown_region()
    {
        (await RunAsync("begin", "--city", "我们的城市", "--admin", "first")).Exit.ShouldBe(0);
        (await RunAsync("enrolment-code", "--region", "我们的城市", "--site", "第二小学")).Exit.ShouldBe(0);
        (await SitesAsync()).ShouldBe(["第二小学"]);
        var (exit, printed, said) = await RunAsync("kiosk-code", "--site", "第三小学", "--region", "东城区");
        exit.ShouldBe(2);
        printed.Split('\n').ShouldAllBe(l => l.StartsWith('{'), "the log alone, and no code");
        said.ShouldContain("东城区");
        said.ShouldContain("我们的城市");
        (await SitesAsync()).ShouldBe(["第二小学"]);
    }

    [Fact]
    public async Task The_database_has_a_write_ahead_log_whoever_made_it()
    {
        await StartsAsync();
        (await JournalModeAsync("")).ShouldBe("wal", "a new one");
        // As a restored one, or one of a server that did not see to it.
        (await JournalModeAsync(" = delete")).ShouldBe("delete");
        await StartsAsync();
        (await JournalModeAsync("")).ShouldBe("wal");
    }

    [Fact]
    public async Task What_hinders_a_start_is_named_in_a_sentence()
    {
        using var held = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        held.Start();
        var port = ((System.Net.IPEndPoint)held.LocalEndpoint).Port;
        await EndsInASentenceAsync(1, $"{port}", ["--urls", $"http://127.0.0.1:{port}"]);
        await EndsInASentenceAsync(2, "Demo:Password", ["--Demo:Password", "weak"]);
    }

    public void Dispose() => Directory.Delete(folder, true);

    private async Task EndsInASentenceAsync(int code, string named, IEnumerable<string> arguments)
    {
        var log = Path.Combine(folder, $"refused-{code}.log");
        await using var child = Child.Dotnet("CentralServer", log, ["--Data", Data, .. arguments]);
        (await child.ExitAsync(Patience, Cancel)).ShouldBe(code);
        var said = await File.ReadAllTextAsync(log, Cancel);
        said.ShouldContain(named);
        said.ShouldNotContain("   at BrightKitchen", Case.Sensitive, "a sentence, no stack trace");
    }

    private async Task<string?> JournalModeAsync(string change)
    {
        await using var db = new SqliteConnection($"Data Source={Database};Pooling=False");
        await db.OpenAsync(Cancel);
        await using var command = db.CreateCommand();
        command.CommandText = "PRAGMA journal_mode" + change;
        return (string?)await command.ExecuteScalarAsync(Cancel);
    }

    private async Task<List<string>> SitesAsync()
    {
        await using var db = new SqliteConnection($"Data Source={Database};Pooling=False;Mode=ReadOnly");
        await db.OpenAsync(Cancel);
        await using var command = db.CreateCommand();
        command.CommandText = "SELECT \"Name\" FROM \"Sites\"";
        await using var rows = await command.ExecuteReaderAsync(Cancel);
        var names = new List<string>();
        while (await rows.ReadAsync(Cancel))
            names.Add(rows.GetString(0));
        return names;
    }

    private async Task StartsAsync()
    {
        await using var server = await CentralServerProcess.StartAsync(
            Data,
            Path.Combine(folder, "server.log"),
            LoopbackPort.Free(),
            RunningServer.Password,
            Cancel
        );
    }

    private Child Server() =>
        Child.Dotnet(
            "CentralServer",
            Path.Combine(folder, "server.log"),
            ["--urls", $"http://127.0.0.1:{LoopbackPort.Free()}", "--Data", Data]
        );

    private async Task<(int Exit, string Printed, string Said)> RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), command, .. arguments, "--Data", Data])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var printed = process.StandardOutput.ReadToEndAsync(Cancel);
        var said = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, (await printed).Trim(), said);
    }
}
