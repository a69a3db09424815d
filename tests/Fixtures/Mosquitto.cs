using System.Diagnostics;

namespace BrightKitchen.Fixtures;

/// <summary>
/// Debian's MQTT broker on loopback, for one user; who subscribed for longer is remembered over a restart in the same folder.
/// </summary>
public sealed class Mosquitto : IAsyncDisposable
{
    private readonly Child child;

    private Mosquitto(Child child) => this.child = child;

    /// <param name="folder">Where its settings and its log lie.</param>
    public static async Task<Mosquitto> StartAsync(string folder, int port, string user, string password, CancellationToken cancel)
    {
        var (settings, people) = (Path.Combine(folder, "mosquitto.conf"), Path.Combine(folder, "mosquitto.people"));
        using (var made = Process.Start(new ProcessStartInfo("mosquitto_passwd", ["-c", "-b", people, user, password]))!)
            await made.WaitForExitAsync(cancel);
        await File.WriteAllTextAsync(
            settings,
            $"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {people}\nuser "
                + $"root\npersistence true\npersistence_location {folder}/\n",
            cancel
        );
        var child = Child.Start("/usr/sbin/mosquitto", "mosquitto", Path.Combine(folder, "mosquitto.log"), ["-c", settings]);
        await child.ListensAsync(port, cancel);
        return new(child);
    }

    public ValueTask DisposeAsync() => child.DisposeAsync();
}
