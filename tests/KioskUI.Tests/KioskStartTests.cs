using System.Net;
using System.Net.Sockets;
using BrightKitchen.Fixtures;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace BrightKitchen.KioskUI.Tests;

/// <summary>The shipped kiosk's start where something hinders it.</summary>
public sealed class KioskStartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-kiosk-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Key => Path.Combine(folder, "kiosk.key");

    [Fact]
    public async Task A_second_kiosk_on_the_folder_and_a_port_that_is_held_end_with_a_sentence()
    {
        await File.WriteAllTextAsync(Key, "a key", Cancel);
        var port = LoopbackPort.Free();
        await using var first = Start("first", port, "data");
        await first.ListensAsync(port, Cancel);
        await EndsInASentenceAsync("second", LoopbackPort.Free(), "data", "kiosk-log.db");
        using var held = new TcpListener(IPAddress.Loopback, 0);
        held.Start();
        var taken = ((IPEndPoint)held.LocalEndpoint).Port;
        await EndsInASentenceAsync("third", taken, "other", $"{taken}");
        first.Running.ShouldBeTrue();
    }

    [Fact]
    public async Task Every_wrong_setting_is_named_and_nothing_is_opened()
    {
        await using var kiosk = Child.Dotnet(
            "KioskUI",
            Path.Combine(folder, "wrong.log"),
            [
                "--Data",
                Path.Combine(folder, "data"),
                "--Box:Address",
                "192.168.1.10:5081",
                "--Box:KeyFile",
                Path.Combine(folder, "none.key"),
                "--Box:Adress",
                "http://192.168.1.10",
                "--Server:PublicAddress",
                "kitchens",
                "--Check:Gloves",
                "maybe",
            ]
        );

        (await kiosk.ExitAsync(Patience, Cancel)).ShouldBe(2);
        var said = await File.ReadAllTextAsync(kiosk.LogFile, Cancel);
        foreach (var wrong in new[] { "Box:Address", "Box:KeyFile", "Box:Adress", "Server:PublicAddress", "Check:Gloves" })
            said.ShouldContain(wrong);
        said.ShouldNotContain("   at BrightKitchen", Case.Sensitive, "sentences, no stack trace");
        Directory.Exists(Path.Combine(folder, "data")).ShouldBeFalse();
    }

    public void Dispose() => Directory.Delete(folder, true);

    private async Task EndsInASentenceAsync(string name, int port, string data, string named)
    {
        await using var kiosk = Start(name, port, data);
        (await kiosk.ExitAsync(Patience, Cancel)).ShouldBe(1);
        var said = await File.ReadAllTextAsync(kiosk.LogFile, Cancel);
        said.ShouldContain(named);
        said.ShouldNotContain("   at BrightKitchen", Case.Sensitive, "a sentence, no stack trace");
    }

    private Child Start(string name, int port, string data) =>
        Child.Dotnet(
            "KioskUI",
            Path.Combine(folder, name + ".log"),
            [
                "--urls",
                $"http://127.0.0.1:{port}",
                "--Data",
                Path.Combine(folder, data),
                "--Box:Address",
                "http://127.0.0.1:9",
                "--Box:KeyFile",
                Key,
            ]
        );
}
