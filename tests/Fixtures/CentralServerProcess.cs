using System.Diagnostics;

namespace BrightKitchen.Fixtures;

/// <summary>The central server as its own process on loopback, with the demo's people.</summary>
public sealed class CentralServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private CentralServerProcess(Child child, Uri address, string data, IReadOnlyList<string> arguments) =>
        (Child, Address, Data, Arguments) = (child, address, data, arguments);

    public Child Child { get; }

    public Uri Address { get; }

    /// <summary>Its folder.</summary>
    public string Data { get; }

    /// <summary>The settings that it was started with, but for its address and folder.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>
    /// Makes enrolment codes in this process where it is set; the command of an installer, a process of its own for each code, does
    /// otherwise. Given the server, whether the code is for a kiosk, and the site.
    /// </summary>
    public static Func<CentralServerProcess, bool, string?, CancellationToken, Task<string>>? Codes { get; set; }

    /// <param name="password">Of the demo's people: admin, inspector, principal.</param>
    /// <param name="arguments">More settings, such as <c>--Enrolment:TriesPerMinute 1000</c>.</param>
    public static async Task<CentralServerProcess> StartAsync(
        string data,
        string log,
        int port,
        string password,
        CancellationToken cancel,
        params IEnumerable<string> arguments
    )
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        List<string> all = [.. arguments];
        var child = Child.Dotnet(
            "CentralServer",
            log,
            ["--urls", address.ToString(), "--Data", data, .. all],
            ("Demo__Password", password)
        );
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

    /// <summary>A one-time code for an edge agent.</summary>
    /// <param name="site">Made where it is not there; the demo's school by default.</param>
    public Task<string> EnrolmentCodeAsync(CancellationToken cancel, string? site = null) =>
        Codes is { } make ? make(this, false, site, cancel) : CodeByCommandAsync("enrolment-code", site, cancel);

    /// <summary>The same for a kiosk.</summary>
    public Task<string> KioskCodeAsync(CancellationToken cancel, string? site = null) =>
        Codes is { } make ? make(this, true, site, cancel) : CodeByCommandAsync("kiosk-code", site, cancel);

    /// <summary>The same by the command of an installer at the server's shell.</summary>
    /// <param name="subcommand"><c>enrolment-code</c> or <c>kiosk-code</c>.</param>
    public async Task<string> CodeByCommandAsync(string subcommand, string? site, CancellationToken cancel)
    {
        // Printed for this one use and not logged.
        string[] line =
        [
            Repository.Program("CentralServer"),
            subcommand,
            .. site is null ? Array.Empty<string>() : ["--site", site],
            "--Data",
            Data,
            .. Arguments,
        ];
        using var command = Process.Start(new ProcessStartInfo("dotnet", line) { RedirectStandardOutput = true })!;
        var output = await command.StandardOutput.ReadToEndAsync(cancel);
        await command.WaitForExitAsync(cancel);
        return command.ExitCode == 0
            ? output.Trim().Split('\n')[^1]
            : throw new InvalidOperationException($"CentralServer {subcommand} failed: {output}");
    }

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
