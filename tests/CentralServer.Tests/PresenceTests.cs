using System.Text.Json;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Whether a school is called bright hangs on its box being heard of, also while nothing happens.</summary>
public sealed class PresenceTests(RunningServer server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Heard = TimeSpan.FromSeconds(15);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_box_with_nothing_to_tell_is_heard_of_all_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-presence-").FullName;
        try
        {
            var (settings, name) = (Path.Combine(folder, "box.json"), Guid.NewGuid().ToString("N"));
            await File.WriteAllTextAsync(
                settings,
                JsonSerializer.Serialize(
                    new
                    {
                        Box = new
                        {
                            Data = Path.Combine(folder, "box"),
                            Detection = new { Repository.Models, Workers = 1 },
                            Installer = new { Port = 0 },
                            Recording = new { Enabled = false },
                            Uplink = new
                            {
                                Server = server.Process.Address,
                                EnrolmentCode = await server.Process.EnrolmentCodeAsync(Cancel),
                                BoxName = name,
                            },
                        },
                    }
                ),
                Cancel
            );
            await using var box = Child.Dotnet(
                "EdgeAgent",
                Path.Combine(folder, "box.log"),
                ["--urls", $"http://127.0.0.1:{LoopbackPort.Free()}", "--settings", settings]
            );
            var first = await SeenAsync(_ => true);
            await SeenAsync(seen => seen - first > Heard);

            async Task<DateTimeOffset> SeenAsync(Func<DateTimeOffset, bool> right)
            {
                for (var since = TimeProvider.System.GetTimestamp(); ; await Task.Delay(200, Cancel))
                {
                    TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, "the box is heard of");
                    if (
                        await server.WithDbAsync(db => db.Boxes.Where(b => b.Name == name).Select(b => b.LastSeenAt).SingleOrDefaultAsync())
                            is { } seen
                        && right(seen)
                    )
                        return seen;
                }
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
