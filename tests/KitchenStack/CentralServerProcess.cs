using System.Diagnostics;

namespace BrightKitchen.KitchenStack;

/// <summary>The central server as its own process on loopback, with the demo's people.</summary>
public sealed class CentralServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string data;
    private readonly IReadOnlyList<string> arguments;

    private CentralServerProcess(Child child, Uri address, string data, IReadOnlyList<string> arguments) => (Child, Address, this.data, this.arguments) = (child, address, data, arguments);

    public Child Child { get; }

    public Uri Address { get; }

    /// <param name="password">Of the demo's people: admin, inspector, principal.</param>
    /// <param name="arguments">More settings, such as <c>--Enrolment:TriesPerMinute 1000</c>.</param>
    public static async Task<CentralServerProcess> StartAsync(string data, string log, int port, string password, CancellationToken cancel, params IEnumerable<string> arguments)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        List<string> all = [.. arguments];
        var child = Child.Dotnet("CentralServer", log, ["--urls", address.ToString(), "--Data", data, .. all], ("Demo__Password", password));
        try
        {
            await child.AnswersAsync(new(address, "/health/ready"), Patience, cancel);
            return new(child, address, data, all);
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>A one-time code, by the command of an installer at the server's shell.</summary>
    /// <param name="site">Made where it is not there; the demo's school by default.</param>
    public Task<string> EnrolmentCodeAsync(CancellationToken cancel, string? site = null) => CodeAsync("enrolment-code", site, cancel);

    /// <summary>The same for a kiosk.</summary>
    public Task<string> KioskCodeAsync(CancellationToken cancel, string? site = null) => CodeAsync("kiosk-code", site, cancel);

    private async Task<string> CodeAsync(string subcommand, string? site, CancellationToken cancel)
    {
        // Printed for this one use and not logged.
        string[] line = [Repository.Program("CentralServer"), subcommand, .. site is null ? Array.Empty<string>() : ["--site", site], "--Data", data, .. this.arguments];
        using var command = Process.Start(new ProcessStartInfo("dotnet", line) { RedirectStandardOutput = true })!;
        var output = await command.StandardOutput.ReadToEndAsync(cancel);
        await command.WaitForExitAsync(cancel);
        return command.ExitCode == 0 ? output.Trim().Split('\n')[^1] : throw new InvalidOperationException($"CentralServer {subcommand} failed: {output}");
    }

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
