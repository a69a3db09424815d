using System.ComponentModel;
using System.Diagnostics;
using Npgsql;

namespace BrightKitchen.CentralServer.Data;

/// <summary>PostgreSQL's own programs on the server's database; the password goes by the environment, which no list of processes shows.</summary>
internal static class PostgresProgram
{
    public static string DatabaseOf(string connection) => new NpgsqlConnectionStringBuilder(connection).Database ?? "";

    /// <exception cref="InvalidDataException">It is not there or did not succeed; its own words are in the message.</exception>
    public static async Task RunAsync(string program, string connection, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var to = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        foreach (var (name, value) in new[] { ("PGHOST", to.Host), ("PGPORT", $"{to.Port}"), ("PGUSER", to.Username), ("PGPASSWORD", to.Password), ("PGDATABASE", to.Database) })
        {
            if (!string.IsNullOrEmpty(value))
                start.Environment[name] = value;
        }

        try
        {
            using var running = Process.Start(start)!;
            var said = await running.StandardError.ReadToEndAsync(cancel);
            await running.WaitForExitAsync(cancel);
            if (running.ExitCode != 0)
                throw new InvalidDataException($"{program} did not succeed: {said.Trim()}");
        }
        catch (Win32Exception)
        {
            throw new InvalidDataException($"{program} is not here; install postgresql-client");
        }
    }
}
