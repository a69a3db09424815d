using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Service;

/// <summary>The shipped box as systemd would start it, with a socket in systemd's place.</summary>
public sealed class SystemdWatchdogTests(Temporary temporary)
{
    [Fact]
    public async Task The_box_says_that_it_is_ready_and_then_that_it_is_alive()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = temporary.Folder();
        // A socket's path has room for 107 bytes.
        var path = Path.Combine(Path.GetTempPath(), $"bk-{Guid.NewGuid():N}.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            var settings = Path.Combine(folder, "box.json");
            await File.WriteAllTextAsync(
                settings,
                JsonSerializer.Serialize(
                    new
                    {
                        Box = new
                        {
                            Data = Path.Combine(folder, "data"),
                            Detection = new { Repository.Models, Workers = 1 },
                            Installer = new { Port = 0 },
                        },
                    }
                ),
                cancel
            );
            await using var box = Child.Dotnet(
                "EdgeAgent",
                Path.Combine(folder, "box.log"),
                ["--urls", $"http://127.0.0.1:{LoopbackPort.Free()}", "--settings", settings],
                ("NOTIFY_SOCKET", path),
                ("WATCHDOG_USEC", "600000")
            );
            var said = new List<string>();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(40));
            var buffer = new byte[512];
            while (!said.Contains("READY=1") || said.Count(s => s == "WATCHDOG=1") < 4)
                said.Add(Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token)));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
