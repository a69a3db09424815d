using System.Runtime.InteropServices;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>Makes writes survive a power failure: a stream syncs a file's content, this class its directory entry.</summary>
internal static partial class Durable
{
    private const int ReadOnlyFolder = 0x10000;

    /// <summary>Syncs a folder, so that files created, renamed or deleted in it remain so. Does nothing on Windows.</summary>
    /// <exception cref="IOException">The folder cannot be synced.</exception>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(folder, ReadOnlyFolder);
        if (handle < 0)
            throw new IOException($"The folder '{folder}' cannot be opened (error {Marshal.GetLastPInvokeError()}).");
        try
        {
            if (Sync(handle) != 0)
                throw new IOException($"The folder '{folder}' cannot be synced (error {Marshal.GetLastPInvokeError()}).");
        }
        finally
        {
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
