using System.Diagnostics;

namespace BrightKitchen.Fixtures;

/// <summary>Debian's PostgreSQL on loopback with a cluster of its own, for tests.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder;
    private Child child;

    private PostgresServer(Child child, string folder, int port) => (this.child, this.folder, Port) = (child, folder, port);

    public int Port { get; }

    /// <summary>A new, empty database.</summary>
    public string NewDatabase()
    {
        var name = $"brightkitchen_{Guid.NewGuid():N}";
        Run("createdb", ["-h", "127.0.0.1", "-p", $"{Port}", "-U", User, name]);
        return $"Host=127.0.0.1;Port={Port};Username={User};Database={name};Include Error Detail=true";
    }

    public static async Task<PostgresServer> StartAsync(CancellationToken cancel)
    {
        // PostgreSQL refuses to be root; its own user needs a folder that it can reach.
        var folder = Directory.CreateTempSubdirectory("brightkitchen-postgres-").FullName;
        var port = LoopbackPort.Free();
        if (Environment.IsPrivilegedProcess)
            Must("chown", [User, folder]);
        Run("initdb", ["-D", Path.Combine(folder, "data"), "-U", User, "--auth=trust", "--no-sync", "-E", "UTF8"]);
        return new(await StartAsync(folder, port, cancel), folder, port);
    }

    /// <summary>As a crash does: every connection breaks.</summary>
    public Task KillAsync() => child.KillAsync();

    /// <summary>On the same port with the same data, after <see cref="KillAsync"/>.</summary>
    public async Task RestartAsync(CancellationToken cancel)
    {
        await child.DisposeAsync();
        // A killed server leaves it behind, with the number of a process that may be another's by now.
        File.Delete(Path.Combine(folder, "data", "postmaster.pid"));
        child = await StartAsync(folder, Port, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        Directory.Delete(folder, true);
        File.Delete(child.LogFile);
    }

    private static async Task<Child> StartAsync(string folder, int port, CancellationToken cancel)
    {
        var (file, arguments) = As(
            "postgres",
            [
                "-D",
                Path.Combine(folder, "data"),
                "-p",
                $"{port}",
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                $"unix_socket_directories={folder}",
                "-c",
                "max_connections=200",
            ]
        );
        var child = Child.Start(file, "postgres", Path.Combine(Path.GetTempPath(), Path.GetFileName(folder) + ".log"), arguments);
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(100, cancel))
        {
            using var ready = Process.Start(Info("pg_isready", ["-h", "127.0.0.1", "-p", $"{port}", "-q"]))!;
            await ready.WaitForExitAsync(cancel);
            if (ready.ExitCode == 0)
                return child;
            if (!child.Running || since.Elapsed > Patience)
                throw new InvalidOperationException($"PostgreSQL does not start; its log is {child.LogFile}");
        }
    }

    private static string Binary(string program) =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(d => Path.Combine(d, "bin", program))
                .Where(File.Exists)
                .Order()
                .LastOrDefault()
                ?? program
            : program;

    private static (string File, string[] Arguments) As(string program, string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid", User, "--regid", User, "--init-groups", Binary(program), .. arguments])
            : (Binary(program), arguments);

    private static ProcessStartInfo Info(string program, string[] arguments)
    {
        var (file, all) = As(program, arguments);
        return new(file, all)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
    }

    private static void Run(string program, string[] arguments) => Finish(Process.Start(Info(program, arguments))!, program);

    private static void Must(string program, string[] arguments) =>
        Finish(
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!,
            program
        );

    private static void Finish(Process process, string program)
    {
        using (process)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{program} failed: {error.Trim()}");
        }
    }
}
