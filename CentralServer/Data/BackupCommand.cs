using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Storage;

namespace BrightKitchen.CentralServer.Data;

/// <summary><c>CentralServer backup --to FILE</c> and <c>restore --from FILE</c>.</summary>
internal static class BackupCommand
{
    /// <returns>Exit code: 0 on success, otherwise 2 with the reason printed.</returns>
    public static async Task<int> RunAsync(IServiceProvider services, IConfiguration configuration, string command, string file)
    {
        var backup = new Backup(
            services.GetRequiredService<CentralDb>(),
            services.GetRequiredService<IObjectStore>(),
            DataFolder.Of(configuration)
        );
        try
        {
            var count =
                command == "backup"
                    ? await backup.WriteAsync(file, CancellationToken.None)
                    : await backup.RestoreAsync(file, CancellationToken.None);
            Console.WriteLine(
                command == "backup"
                    ? $"{file}: {count} files. Store it securely: it contains personal data and the keys."
                    : $"{count} files restored; start the server."
            );
            return 0;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync($"{command}: {e.Message}");
            return 2;
        }
    }
}
