using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrightKitchen.Fixtures;

namespace BrightKitchen.Demo;

/// <summary>Where the parts listen on loopback; 0 for a free port.</summary>
public sealed record StackPorts(int Cameras = 0, int Server = 0, int Box = 0, int Kiosk = 0, int Installer = 0);

/// <summary>
/// The whole system on this machine as the demo runs it: cameras, central server, one box, one kiosk, each its own process.
/// Everything that must last lies in the folder, so that a second start goes on where the first stopped.
/// </summary>
public sealed class DemoKitchen : IAsyncDisposable
{
    private const string CameraUser = "viewer";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string folder;
    private readonly StackPorts ports;
    private readonly Action<JsonObject> adapt;
    private bool production;

    private DemoKitchen(string folder, StackPorts ports, Action<JsonObject> adapt, string password) =>
        (this.folder, this.ports, this.adapt, Password) = (folder, ports, adapt, password);

    public CameraServer? Cameras { get; private set; }

    public CentralServerProcess? Server { get; private set; }

    public Child? Box { get; private set; }

    public Child? Kiosk { get; private set; }

    /// <summary>Of the demo's people, one a role.</summary>
    public string Password { get; }

    /// <summary>Where people, the box and the kiosk reach the server: in the production profile through nginx.</summary>
    public Uri ServerAddress => Front?.Address ?? new($"http://127.0.0.1:{ports.Server}");

    /// <summary>What an installation has in front of the server; null in the demo.</summary>
    public ProductionFront? Front { get; private set; }

    public Uri BoxAddress => new($"http://127.0.0.1:{ports.Box}");

    /// <summary>The box's own page for whoever sets it up.</summary>
    public Uri InstallerAddress => new($"https://127.0.0.1:{ports.Installer}/");

    /// <summary>What the box's own page asks for.</summary>
    public string AdminCode => File.ReadAllText(Path.Combine(BoxData, "admin.code")).Trim();

    public Uri KioskAddress => new($"http://127.0.0.1:{ports.Kiosk}");

    /// <summary>What the box signs in at the cameras with; only the box and the cameras may know it.</summary>
    public string CameraPassword => File.ReadAllText(CameraPasswordFile).Trim();

    /// <summary>What each program said.</summary>
    public IReadOnlyList<string> Logs => Directory.GetFiles(Path.Combine(folder, "logs"));

    public string BoxData => Path.Combine(folder, "box", "data");

    public string KioskData => Path.Combine(folder, "kiosk");

    public string ServerData => Path.Combine(folder, "server");

    /// <param name="adapt">Changes the box's settings before they are written.</param>
    /// <param name="production">With nginx, TLS, second factors and people whom an administrator made, instead of the demo's.</param>
    public static async Task<DemoKitchen> StartAsync(
        string folder,
        StackPorts ports,
        Action<JsonObject>? adapt,
        Action<string> say,
        CancellationToken cancel,
        bool production = false
    )
    {
        ArgumentNullException.ThrowIfNull(ports);
        ArgumentNullException.ThrowIfNull(say);
        ports = Claim(ports);
        Directory.CreateDirectory(folder);
        var stack = new DemoKitchen(folder, ports, adapt ?? (_ => { }), await SecretAsync(Path.Combine(folder, "password"), cancel))
        {
            production = production,
        };
        try
        {
            say("Starting the cameras …");
            await stack.StartCamerasAsync(cancel);
            say("Starting the central server …");
            await stack.StartServerAsync(cancel);
            say("Starting the kitchen's box …");
            await stack.StartBoxAsync(cancel);
            say("Starting the kiosk …");
            await stack.StartKioskAsync(cancel);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    public async Task StartServerAsync(CancellationToken cancel)
    {
        var begins = production && Front is null;
        var administrators = begins ? await ProductionFront.BeginAsync(ServerData, cancel) : "";
        Server = await CentralServerProcess.StartAsync(
            ServerData,
            Log("server"),
            ports.Server,
            production ? "" : Password,
            cancel,
            [
                "--Push:KeyFile",
                Path.Combine(folder, "push.pem"),
                "--Push:Contact",
                "mailto:demo@localhost",
                .. production ? ["--SignIn:ValidateEvery", "00:00:01"] : Array.Empty<string>(),
            ]
        );
        if (begins)
            Front = await ProductionFront.StartAsync(Path.Combine(folder, "front"), Server.Address, Password, administrators, cancel);
    }

    // A program trusts the certificate of a city's own authority by the machine's list; here the list is this file.
    private (string Name, string Value)[] Trust => Front is null ? [] : [("SSL_CERT_FILE", Front.CertificateFile)];

    public async Task StartBoxAsync(CancellationToken cancel)
    {
        var settings = Path.Combine(folder, "box", "settings.json");
        Directory.CreateDirectory(Path.GetDirectoryName(settings)!);
        await TeachBinAsync(cancel);
        var enrolled = File.Exists(Path.Combine(BoxData, "enrolment.json"));
        await PrivateFile.WriteAsync(
            settings,
            await SettingsAsync(enrolled ? null : await Server!.EnrolmentCodeAsync(cancel), cancel),
            cancel
        );
        Box = Child.Dotnet("EdgeAgent", Log("box"), ["--urls", BoxAddress.ToString(), "--settings", settings], Trust);
        await Box.AnswersAsync(new(BoxAddress, "/health/live"), Patience, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { Kiosk, Box, Front, Server, Cameras })
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }

    private string CameraPasswordFile => Path.Combine(folder, "camera-password");

    /// <summary>Refuses a port that is taken, with a sentence that says what to do; finds free ones for 0.</summary>
    private static StackPorts Claim(StackPorts ports)
    {
        var taken = new[] { ports.Cameras, ports.Server, ports.Box, ports.Kiosk, ports.Installer }
            .Where(p => p != 0 && !LoopbackPort.IsFree(p))
            .ToList();
        if (taken.Count > 0)
            throw new InvalidOperationException(
                $"Port {string.Join(" and ", taken)} on loopback is in use: end what listens there "
                    + "(an earlier demo?), or set BRIGHTKITCHEN_PORT to another first port."
            );
        return new(ports.Cameras, OrFree(ports.Server), OrFree(ports.Box), OrFree(ports.Kiosk), OrFree(ports.Installer));
    }

    private static int OrFree(int port) => port != 0 ? port : LoopbackPort.Free();

    private static async Task<string> SecretAsync(string path, CancellationToken cancel)
    {
        if (!File.Exists(path))
            await PrivateFile.WriteAsync(
                path,
                string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4))),
                cancel
            );
        return (await File.ReadAllTextAsync(path, cancel)).Trim();
    }

    public async Task StartCamerasAsync(CancellationToken cancel) =>
        Cameras = await CameraServer.StartAsync(
            Path.Combine(folder, "cameras"),
            [
                new("/line/main", Path.Combine(Repository.Pictures, "line-main.ts")),
                new("/line/sub", Path.Combine(Repository.Pictures, "line-sub.ts")),
                new("/store/main", Path.Combine(Repository.Pictures, "store-main.ts")),
            ],
            Cameras?.Port ?? ports.Cameras,
            CameraUser,
            await SecretAsync(CameraPasswordFile, cancel),
            cancel
        );

    public async Task StartKioskAsync(CancellationToken cancel)
    {
        // A secret does not go into the command line, which everybody on the machine can read.
        var code = File.Exists(Path.Combine(KioskData, "enrolment.json")) ? "" : await Server!.KioskCodeAsync(cancel);
        Kiosk = Child.Dotnet(
            "KioskUI",
            Log("kiosk"),
            [
                "--urls",
                KioskAddress.ToString(),
                "--Data",
                KioskData,
                "--Box:Address",
                BoxAddress.ToString(),
                "--Box:KeyFile",
                Path.Combine(BoxData, "kiosk.key"),
                "--Server:Address",
                ServerAddress.ToString(),
                "--Server:Name",
                "大厅屏",
            ],
            [("Server__EnrolmentCode", code), .. Trust]
        );
        await Kiosk.AnswersAsync(new(KioskAddress, "/health/ready"), Patience, cancel);
    }

    // The installer's part: shows the bin open and closed.
    private async Task TeachBinAsync(CancellationToken cancel)
    {
        var zone = Path.Combine(BoxData, "zones", "bin.json");
        var shown = Path.Combine(Repository.Pictures, "bin");
        string[] arguments =
        [
            Repository.Program("EdgeAgent"),
            "teach",
            "--models",
            Repository.Models,
            "--zone",
            "bin",
            "--region",
            "0.771,0.417,0.151,0.407",
            "--out",
            zone,
            $"closed={Path.Combine(shown, "closed")}",
            $"open={Path.Combine(shown, "open")}",
        ];
        using var command = Process.Start(
            new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var (output, error) = (command.StandardOutput.ReadToEndAsync(cancel), command.StandardError.ReadToEndAsync(cancel));
        await command.WaitForExitAsync(cancel);
        if (command.ExitCode != 0)
            throw new InvalidOperationException($"EdgeAgent teach failed: {await output}{await error}");
    }

    private async Task<string> SettingsAsync(string? code, CancellationToken cancel)
    {
        var password = await SecretAsync(CameraPasswordFile, cancel);
        var settings = JsonSerializer
            .SerializeToNode(
                new
                {
                    Box = new
                    {
                        Data = BoxData,
                        Cameras = new
                        {
                            Cameras = new object[]
                            {
                                new
                                {
                                    Id = "line",
                                    Name = "备餐区",
                                    Url = Cameras!.Url("/line/main"),
                                    SubUrl = Cameras.Url("/line/sub"),
                                    User = CameraUser,
                                    Password = password,
                                },
                                new
                                {
                                    Id = "store",
                                    Name = "库房通道",
                                    Url = Cameras.Url("/store/main"),
                                    User = CameraUser,
                                    Password = password,
                                },
                            },
                        },
                        Rules = new object[]
                        {
                            new
                            {
                                Camera = "line",
                                Kind = "no-mask",
                                ZoneName = "备餐区",
                                Dwell = "00:00:02",
                                Quiet = "00:00:05",
                            },
                            new
                            {
                                Camera = "line",
                                Kind = "no-hat",
                                ZoneName = "备餐区",
                                Dwell = "00:00:02",
                                Quiet = "00:00:05",
                            },
                            new
                            {
                                Camera = "line",
                                Kind = "bin-open",
                                ZoneName = "备餐区垃圾桶",
                                Taught = "bin",
                                Dwell = "00:00:02",
                                Quiet = "00:00:05",
                            },
                            new
                            {
                                Camera = "line",
                                Kind = "camera-dark",
                                ZoneName = "备餐区",
                                Dwell = "00:00:03",
                                Quiet = "00:00:30",
                            },
                            new
                            {
                                Camera = "line",
                                Kind = "camera-moved",
                                ZoneName = "备餐区",
                                Dwell = "00:00:03",
                                Quiet = "00:00:30",
                            },
                            new
                            {
                                Camera = "line",
                                Kind = "camera-lost",
                                ZoneName = "备餐区",
                                Dwell = "00:00:03",
                                Quiet = "00:00:30",
                            },
                            new
                            {
                                Camera = "store",
                                Kind = "camera-lost",
                                ZoneName = "库房通道",
                                Dwell = "00:00:03",
                                Quiet = "00:00:30",
                            },
                            new
                            {
                                Camera = "store",
                                Kind = "intrusion",
                                ZoneName = "库房门口",
                                Zone = "0.05,0.45 0.35,0.45 0.35,0.95 0.05,0.95",
                                Hours = new[] { "00:00-24:00" },
                                Dwell = "00:00:03",
                                Quiet = "00:00:15",
                            },
                        },
                        Detection = new { Repository.Models },
                        Installer = new { Port = ports.Installer },
                        Uplink = new
                        {
                            Server = ServerAddress,
                            EnrolmentCode = code,
                            BoxName = "后厨一号设备",
                        },
                    },
                }
            )!
            .AsObject();
        adapt(settings[nameof(Box)]!.AsObject());
        return settings.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private string Log(string name) => Path.Combine(folder, "logs", name + ".log");
}
