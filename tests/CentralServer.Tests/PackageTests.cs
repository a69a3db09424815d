using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using BrightKitchen.Sealing;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The sealed package of a finding, proven by the shipped <c>verify</c>.</summary>
public sealed class PackageTests(RunningServer server)
{
    private static readonly byte[] Still = [0xff, 0xd8, 0xff, 1, 2, 3];
    private static readonly byte[] Clip = [0, 0, 0, 8, .. "ftyp"u8, 0, 0, 0, 0];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_inspector_takes_away_is_proven_offline_and_every_altered_part_is_named()
    {
        var (finding, package, fingerprint) = await PackedAsync();
        var whole = await VerifyAsync(package, fingerprint);
        whole.ShouldStartWith("0 ");
        whole.ShouldContain("1 findings, manifests 2 to 4, sealed by server");
        (await VerifyAsync(package, new string('0', 64))).ShouldContain("from another edge device or server");
        string[] parts =
        [
            PackageFiles.Part(finding, "still.jpg"),
            PackageFiles.Part(finding, "clip.mp4"),
            PackageFiles.Chain,
            PackageFiles.Audit,
            "summary.html",
            "life.json",
            PackageFiles.Seal,
        ];
        Read(package).Keys.ShouldBe(parts, ignoreOrder: true);
        foreach (var part in parts)
        {
            var altered = Rewritten(package, part, bytes => bytes[bytes.Length / 2] ^= 1);
            (await VerifyAsync(altered, fingerprint)).ShouldContain(part, Case.Sensitive, $"{part} was altered");
            (await VerifyAsync(Rewritten(package, part, null), fingerprint)).ShouldContain(part, Case.Sensitive, $"{part} was taken out");
        }
    }

    [Fact]
    public async Task The_summary_is_for_people_and_the_export_is_in_the_audit_log_that_goes_with_it()
    {
        var (finding, package, _) = await PackedAsync();
        var files = Read(package);
        var summary = WebUtility.HtmlDecode(System.Text.Encoding.UTF8.GetString(files["summary.html"]));
        summary.ShouldContain("第一小学食堂");
        summary.ShouldContain(Copy.Of("kind." + FindingKinds.NoMask));
        summary.ShouldContain(Copy.Of("step.confirm"));
        var audit = System.Text.Encoding.UTF8.GetString(files[PackageFiles.Audit]);
        audit.ShouldContain("\"export\"");
        audit.ShouldContain(finding.ToString());
    }

    private async Task<(FindingId Finding, byte[] Package, string Fingerprint)> PackedAsync()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        foreach (var (part, bytes) in new[] { (EvidencePart.Still, Still), (EvidencePart.Clip, Clip) })
            (await box.SendAsync(finding.Id, part, new ByteArrayContent(bytes), 0, bytes.Length, Hash(bytes))).StatusCode.ShouldBe(
                HttpStatusCode.NoContent
            );
        // Another finding's entry lies between this one's two.
        string[] chain = [box.Sign(1, Manifest.Nothing, TestBox.Finding(), [])];
        chain =
        [
            .. chain,
            box.Sign(
                2,
                Manifest.HashOf(chain[0]),
                finding,
                [new("still.jpg", Hash(Still), Still.Length), new("clip.mp4", Hash(Clip), Clip.Length)]
            ),
        ];
        chain = [.. chain, box.Sign(3, Manifest.HashOf(chain[1]), TestBox.Finding(), [new("still.jpg", Hash(Clip), 1)])];
        chain = [.. chain, box.Sign(4, Manifest.HashOf(chain[2]), finding, [new("still.jpg", Hash(Still), Still.Length)])];
        await hub.InvokeAsync<ChainHead>(nameof(IBoxHub.ReportChain), chain, Cancel);
        using var inspector = await server.SignInAsync("inspector");
        await RunningServer.PostFormAsync(
            inspector,
            $"/findings/{finding.Id}",
            $"/findings/{finding.Id}/steps",
            new() { ["step"] = "confirm" }
        );
        var page = await inspector.GetStringAsync($"/findings/{finding.Id}", Cancel);
        var fingerprint = System.Text.RegularExpressions.Regex.Match(page, "<span class=\"digest\">([0-9a-f]{64})").Groups[1].Value;
        var answer = await inspector.GetAsync($"/findings/{finding.Id}/package", Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (finding.Id, await answer.Content.ReadAsByteArrayAsync(Cancel), fingerprint);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static Dictionary<string, byte[]> Read(byte[] package)
    {
        using var zip = new ZipArchive(new MemoryStream(package));
        return zip.Entries.ToDictionary(
            e => e.FullName,
            e =>
            {
                using var from = e.Open();
                using var into = new MemoryStream();
                from.CopyTo(into);
                return into.ToArray();
            }
        );
    }

    private static byte[] Rewritten(byte[] package, string part, Action<byte[]>? alter)
    {
        var files = Read(package);
        if (alter is null)
            files.Remove(part);
        else
            alter(files[part]);
        using var into = new MemoryStream();
        using (var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return into.ToArray();
    }

    // The exit code and what was said.
    private static async Task<string> VerifyAsync(byte[] package, string fingerprint)
    {
        var file = Path.Combine(Path.GetTempPath(), $"package-{Guid.NewGuid():N}.zip");
        try
        {
            await File.WriteAllBytesAsync(file, package, Cancel);
            using var verify = Process.Start(
                new ProcessStartInfo("dotnet", [Repository.Program("EdgeAgent"), "verify", file, "--key", fingerprint])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var said = await verify.StandardOutput.ReadToEndAsync(Cancel) + await verify.StandardError.ReadToEndAsync(Cancel);
            await verify.WaitForExitAsync(Cancel);
            return $"{verify.ExitCode} {said}";
        }
        finally
        {
            File.Delete(file);
        }
    }
}
