using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BrightKitchen.Demo;
using BrightKitchen.Fixtures;

[assembly: SupportedOSPlatform("linux")]

// The demo: everything on this machine until Ctrl-C.
var first = int.Parse(Environment.GetEnvironmentVariable("BRIGHTKITCHEN_PORT") ?? "5080", CultureInfo.InvariantCulture);
var folder = Path.Combine(Repository.Root, ".demo");
using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    await using var kitchen = await DemoKitchen.StartAsync(
        folder,
        new(Cameras: first + 3, Server: first, Box: first + 1, Kiosk: first + 2, Installer: first + 363),
        null,
        Console.WriteLine,
        stop.Token
    );
    Console.WriteLine(
        $"""

        BrightKitchen runs.

          Findings, live pictures, boxes   {kitchen.ServerAddress}
          Lobby screen, no sign-in         {kitchen.KioskAddress}
          The box: health, metrics         {kitchen.BoxAddress}health/ready  {kitchen.BoxAddress}metrics

          The box's own page (setting up)  {kitchen.InstallerAddress}  admin code {kitchen.AdminCode}
                                           (its certificate is its own: the browser warns once)

          sign in as                       password
            principal  (校长)              {kitchen.Password}
            inspector  (检查员)            {kitchen.Password}
            regulator  (监管员)            {kitchen.Password}
            manager    (食堂管理员)        {kitchen.Password}
            parent     (家长)              {kitchen.Password}
            admin      (安装员)            {kitchen.Password}
            staff at the lobby screen      246810 (王秀英), 135790 (李建国), 112358 (包玉兰)

        The first findings come within a minute. Logs and data: .demo
        Ctrl-C stops everything; the next start goes on from here.
        """
    );
    while (true)
    {
        await Task.Delay(1000, stop.Token);
        foreach (var child in new[] { kitchen.Server?.Child, kitchen.Box, kitchen.Kiosk, kitchen.Cameras?.Child })
        {
            if (child is { Running: false })
                throw new InvalidOperationException($"{child.Name} ended by itself; its log is {child.LogFile}");
        }
    }
}
catch (OperationCanceledException)
{
    Console.WriteLine("Stopped.");
    return 0;
}
catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
{
    await Console.Error.WriteLineAsync($"demo: {e.Message}");
    return 1;
}
