using System.Diagnostics;

namespace BrightKitchen.Fixtures;

/// <summary>A small ext4 disk in a file, that a test fills or breaks. It needs root and loop devices.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly string image;
    private bool mounted;

    private SmallDisk(string image, string path) => (this.image, Path) = (image, path);

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>The disk, or why there is none on this machine.</summary>
    /// <param name="megabytes">Its size; ext4 takes some 10 of it.</param>
    /// <param name="toBreak">Whether it is to be broken too, which some kernels do not do on request.</param>
    public static async Task<(SmallDisk? Disk, string Why)> MountAsync(int megabytes, bool toBreak, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess)
            return (null, "only root mounts a disk");
        var folder = Directory.CreateTempSubdirectory("brightkitchen-disk-").FullName;
        var disk = new SmallDisk(System.IO.Path.Combine(folder, "disk.img"), System.IO.Path.Combine(folder, "disk"));
        await using (var file = File.Create(disk.image))
            file.SetLength(megabytes * 1024L * 1024L);
        Directory.CreateDirectory(disk.Path);
        // No blocks are kept for root, who a test is.
        if (await RunAsync("mkfs.ext4", ["-q", "-m", "0", disk.image], cancel) is { } unmade)
            return (await disk.WithoutAsync(), unmade);
        if (await disk.MountAsync(cancel) is { } why)
            return (await disk.WithoutAsync(), why);
        return !toBreak || File.Exists(await disk.TriggerAsync(cancel))
            ? (disk, "")
            : (await disk.WithoutAsync(), "this kernel breaks no disk on request");
    }

    /// <summary>Leaves not one block free.</summary>
    public void Fill()
    {
        var ballast = System.IO.Path.Combine(Path, "ballast");
        using var file = new FileStream(ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 1);
        for (var piece = new byte[1 << 20]; piece.Length > 0; )
        {
            try
            {
                file.Write(piece);
                file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                piece = new byte[piece.Length / 2];
            }
        }
    }

    /// <summary>Gives back what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(System.IO.Path.Combine(Path, "ballast"));

    /// <summary>Makes the kernel find a fault on it, upon which it is read-only, open files too, until <see cref="RepairAsync"/>.</summary>
    public async Task BreakAsync(CancellationToken cancel)
    {
        await File.WriteAllTextAsync(await TriggerAsync(cancel), "1", cancel);
        if (!await IsReadOnlyAsync(cancel))
            throw new InvalidOperationException("the disk can still be written to");
    }

    /// <summary>As its owner does: checked and mounted again. Nothing may have a file open there.</summary>
    public async Task RepairAsync(CancellationToken cancel)
    {
        await UnmountAsync();
        // 1: something was corrected.
        await RunAsync("e2fsck", ["-fy", image], cancel);
        if (await MountAsync(cancel) is { } why)
            throw new InvalidOperationException(why);
    }

    public async ValueTask DisposeAsync() => _ = await WithoutAsync();

    private async Task<bool> IsReadOnlyAsync(CancellationToken cancel)
    {
        try
        {
            await File.WriteAllTextAsync(System.IO.Path.Combine(Path, "probe"), "x", cancel);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // The kernel's own switch for tests of what finds a fault.
    private async Task<string> TriggerAsync(CancellationToken cancel)
    {
        var mounts = await File.ReadAllLinesAsync("/proc/self/mounts", cancel);
        var device = mounts.Select(l => l.Split(' ')).Single(l => l[1] == Path)[0];
        return $"/sys/fs/ext4/{System.IO.Path.GetFileName(device)}/trigger_fs_error";
    }

    private async Task<string?> MountAsync(CancellationToken cancel)
    {
        var why = await RunAsync("mount", ["-o", "loop,errors=remount-ro", image, Path], cancel);
        mounted = why is null;
        return why;
    }

    private async Task UnmountAsync()
    {
        if (!mounted)
            return;
        // What a killed process had open is let go a moment later.
        for (var since = Stopwatch.StartNew(); await RunAsync("umount", [Path], CancellationToken.None) is { } why; await Task.Delay(100))
        {
            if (since.Elapsed > TimeSpan.FromSeconds(20))
                throw new InvalidOperationException(why);
        }

        mounted = false;
    }

    private async Task<SmallDisk?> WithoutAsync()
    {
        // What a failed test left open does not keep it.
        if (mounted)
            await RunAsync("umount", ["--lazy", Path], CancellationToken.None);
        mounted = false;
        Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, true);
        return null;
    }

    private static async Task<string?> RunAsync(string program, string[] arguments, CancellationToken cancel)
    {
        // Debian keeps them where only root's path leads.
        var file = new[] { "/usr/sbin", "/sbin", "/usr/bin", "/bin" }
            .Select(d => System.IO.Path.Combine(d, program))
            .FirstOrDefault(File.Exists);
        if (file is null)
            return $"{program} is not installed";
        using var process = Process.Start(
            new ProcessStartInfo(file, arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
        )!;
        var said = process.StandardError.ReadToEndAsync(cancel);
        await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0 ? null : $"{program} failed: {(await said).Trim()}";
    }
}
