using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Backup of a running server and restore into an empty one, by the shipped commands.</summary>
public sealed class BackupTests(RunningServer shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_restored_elsewhere_has_everything_and_boxes_and_people_get_in()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-backup-").FullName;
        var (first, second, file) = (Path.Combine(folder, "first"), Path.Combine(folder, "second"), Path.Combine(folder, "city.tar"));
        var (one, other) = (shared.DatabaseArguments(), shared.DatabaseArguments());
        try
        {
            using var box = new TestBox(new("http://127.0.0.1"));
            var finding = TestBox.Finding();
            var still = (byte[])[0xff, 0xd8, 0xff, .. RandomNumberGenerator.GetBytes(5000)];
            await using (
                var server = await CentralServerProcess.StartAsync(
                    first,
                    Path.Combine(folder, "first.log"),
                    LoopbackPort.Free(),
                    RunningServer.Password,
                    Cancel,
                    one
                )
            )
            {
                using var here = box.At(server.Address);
                await RunningServer.EnrolAsync(server, here, Cancel);
                box.Id = here.Id;
                await using var hub = await here.ConnectAsync();
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
                (
                    await here.SendAsync(
                        finding.Id,
                        EvidencePart.Still,
                        new ByteArrayContent(still),
                        0,
                        still.Length,
                        Convert.ToHexStringLower(SHA256.HashData(still))
                    )
                ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
                // While it runs.
                (await RunAsync(first, one, "backup", "--to", file)).ShouldStartWith("0 ");
                (await RunAsync(first, one, "restore", "--from", file)).ShouldContain("a database already exists");
            }

            Directory.CreateDirectory(second);
            foreach (var at in new[] { new FileInfo(file).Length / 3, new FileInfo(file).Length / 2 })
                (await RunAsync(second, other, "restore", "--from", await AlteredAsync(file, at))).ShouldContain("incomplete or damaged");
            (await RunAsync(second, other, "restore", "--from", await CutAsync(file))).ShouldContain("incomplete or damaged");
            Directory.GetFiles(second, "*.db").ShouldBeEmpty("nothing was put anywhere");
            (await RunAsync(second, other, "restore", "--from", file)).ShouldStartWith("0 ");
            if (!OperatingSystem.IsWindows())
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

            await using var again = await CentralServerProcess.StartAsync(
                second,
                Path.Combine(folder, "second.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                other
            );
            using var there = box.At(again.Address);
            await using (var hub = await there.ConnectAsync())
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
            using var inspector = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = again.Address };
            await RunningServer.SignInAsync(inspector, "inspector");
            (await inspector.GetByteArrayAsync($"/findings/{finding.Id}/still", Cancel)).ShouldBe(still);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<string> AlteredAsync(string file, long at)
    {
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[at] ^= 0x40;
        await File.WriteAllBytesAsync(file + ".altered", bytes, Cancel);
        return file + ".altered";
    }

    private static async Task<string> CutAsync(string file)
    {
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        await File.WriteAllBytesAsync(file + ".cut", bytes[..(bytes.Length / 2)], Cancel);
        return file + ".cut";
    }

    // The exit code and what was said.
    private static async Task<string> RunAsync(string data, IEnumerable<string> database, params string[] command)
    {
        using var run = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), .. command, "--Data", data, .. database])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = await run.StandardOutput.ReadToEndAsync(Cancel) + await run.StandardError.ReadToEndAsync(Cancel);
        await run.WaitForExitAsync(Cancel);
        return $"{run.ExitCode} {said}";
    }
}
