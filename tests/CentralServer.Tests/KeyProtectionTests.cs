using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// The keys of data protection are encrypted where they are stored, as the settings say, also those that were there before.
/// </summary>
public sealed class KeyProtectionTests(RunningServer shared) : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-keys-").FullName;
    private IReadOnlyList<string> database = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        database = shared.DatabaseArguments();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Keys_in_the_clear_are_warned_of_then_encrypted_and_sessions_go_on()
    {
        var jar = new CookieContainer();
        var port = LoopbackPort.Free();
        await using (var clear = await StartAsync("clear", port))
        {
            using var client = Client(clear, jar);
            await RunningServer.SignInAsync(client, "manager");
            (await LogAsync("clear")).ShouldContain("stored unencrypted");
        }

        (await StoredAsync()).ShouldContain(k => k.Contains("requiresEncryption", StringComparison.Ordinal));
        var file = await KeyFileAsync("secret");
        await using (var encrypted = await StartAsync("encrypted", port, "--Keys:File", file))
        {
            using var client = Client(encrypted, jar);
            (await client.GetAsync("/account", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, "the same keys, only encrypted");
            (await LogAsync("encrypted")).ShouldNotContain("stored unencrypted beside");
        }

        var stored = await StoredAsync();
        stored.ShouldNotBeEmpty();
        stored.ShouldAllBe(k =>
            !k.Contains("requiresEncryption", StringComparison.Ordinal)
            && !k.Contains("<value>", StringComparison.Ordinal)
            && k.Contains("secretEncrypted", StringComparison.Ordinal)
        );

        // Another secret, or none, would mean other keys and everything that was encrypted lost.
        (await RefusedAsync()).ShouldContain("Set Keys:File or Keys:Password");
        (await RefusedAsync("--Keys:File", await KeyFileAsync("another"))).ShouldContain("cannot be read");
        (await StoredAsync()).Count.ShouldBe(stored.Count, "and nothing was changed");
        await using var again = await StartAsync("again", port, "--Keys:File", file);
        using var later = Client(again, jar);
        (await later.GetAsync("/account", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_password_from_the_environment_protects_them_too()
    {
        await using (var server = await StartAsync("password", LoopbackPort.Free(), "--Keys:Password", "a password of sixteen or more"))
        {
            using var client = Client(server, new());
            await RunningServer.SignInAsync(client, "manager");
        }

        (await StoredAsync()).ShouldAllBe(k => k.Contains("pbkdf2", StringComparison.Ordinal));
        (await RefusedAsync("--Keys:Password", "a password of sixteen or less")).ShouldContain("cannot be read");
        if (database.Count > 0)
            return;
        // As a disk leaves it that lost power before it wrote.
        var file = Directory.GetFiles(Path.Combine(Data, "keys")).Single();
        await File.WriteAllTextAsync(file, "", Cancel);
        var damaged = await RefusedAsync("--Keys:Password", "a password of sixteen or more");
        damaged.ShouldContain(file);
        damaged.ShouldContain("from a backup");
        File.Delete(file);
        (await RefusedAsync("--Keys:Password", "a password of sixteen or more")).ShouldContain("are missing");
    }

    [Fact]
    public async Task Settings_that_cannot_be_used_say_what_to_do()
    {
        (await RefusedAsync("--Keys:File", Path.Combine(folder, "nowhere"))).ShouldContain("openssl rand -base64 32");
        (await RefusedAsync("--Keys:Password", "short")).ShouldContain("16 characters");
        var open = await KeyFileAsync("open");
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (await RefusedAsync("--Keys:File", open)).ShouldContain("chmod o=");
    }

    private string Data => Path.Combine(folder, "data");

    private Task<CentralServerProcess> StartAsync(string name, int port, params string[] arguments) =>
        CentralServerProcess.StartAsync(
            Data,
            Path.Combine(folder, name + ".log"),
            port,
            RunningServer.Password,
            Cancel,
            [.. database, .. arguments]
        );

    private Task<string> LogAsync(string name) => File.ReadAllTextAsync(Path.Combine(folder, name + ".log"), Cancel);

    private static HttpClient Client(CentralServerProcess server, CookieContainer jar) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar }) { BaseAddress = server.Address };

    private async Task<string> KeyFileAsync(string name)
    {
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), Cancel);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    private async Task<List<string>> StoredAsync()
    {
        if (database.Count == 0)
            return [.. Directory.GetFiles(Path.Combine(Data, "keys")).Select(File.ReadAllText)];
        await using var db = new Data.PostgresDb(new DbContextOptionsBuilder<Data.PostgresDb>().UseNpgsql(database[1]).Options);
        return (await db.DataProtectionKeys.Select(k => k.Xml).ToListAsync(Cancel)).ConvertAll(x => x ?? "");
    }

    // The command that does the least of all that opens the database.
    private async Task<string> RefusedAsync(params string[] arguments)
    {
        using var run = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), "audit-check", "--Data", Data, .. database, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = await run.StandardOutput.ReadToEndAsync(Cancel) + await run.StandardError.ReadToEndAsync(Cancel);
        await run.WaitForExitAsync(Cancel);
        run.ExitCode.ShouldBe(2, said);
        return said;
    }
}
