using System.ComponentModel;
using System.Diagnostics;
using Npgsql;

namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// Runs PostgreSQL's client programs on the server's database; the password is passed in the environment, which process lists do not show.
/// </summary>
internal static class PostgresProgram
{
    public static string DatabaseOf(string connection) => new NpgsqlConnectionStringBuilder(connection).Database ?? "";

    /// <summary>libpq's environment variables for the server's own connection settings, encryption in particular.</summary>
    public static IReadOnlyList<(string Name, string? Value)> Environment(NpgsqlConnectionStringBuilder to)
    {
        ArgumentNullException.ThrowIfNull(to);
        return
        [
            ("PGHOST", to.Host),
            ("PGPORT", $"{to.Port}"),
            ("PGUSER", to.Username),
            ("PGPASSWORD", to.Password),
            ("PGPASSFILE", to.Passfile),
            ("PGDATABASE", to.Database),
            ("PGOPTIONS", to.Options),
            ("PGSSLMODE", NameOf(to.SslMode)),
            ("PGSSLROOTCERT", to.RootCertificate),
            ("PGSSLCERT", to.SslCertificate),
            ("PGSSLKEY", to.SslKey),
            ("PGCHANNELBINDING", to.ChannelBinding.ToString().ToLowerInvariant()),
        ];
    }

    private static string NameOf(SslMode mode) =>
        mode switch
        {
            SslMode.Disable => "disable",
            SslMode.Allow => "allow",
            SslMode.Prefer => "prefer",
            SslMode.Require => "require",
            SslMode.VerifyCA => "verify-ca",
            SslMode.VerifyFull => "verify-full",
            _ => throw new InvalidDataException($"the connection's SSL mode '{mode}' is not supported"),
        };

    /// <exception cref="InvalidDataException">The program is not installed or failed; the message contains its error output.</exception>
    public static async Task RunAsync(string program, string connection, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var to = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        foreach (var (name, value) in Environment(to))
        {
            if (!string.IsNullOrEmpty(value))
                start.Environment[name] = value;
        }

        try
        {
            using var running = Process.Start(start)!;
            var errors = await running.StandardError.ReadToEndAsync(cancel);
            await running.WaitForExitAsync(cancel);
            if (running.ExitCode != 0)
                throw new InvalidDataException($"{program} failed: {errors.Trim()}");
        }
        catch (Win32Exception)
        {
            throw new InvalidDataException($"{program} was not found; install postgresql-client");
        }
    }
}
