using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Evidence and pictures in an S3 bucket instead of on the disk.</summary>
[AnyDatabase("the bucket")]
public sealed class StorageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clips_lie_in_the_bucket_are_played_by_ranges_and_wait_while_the_bucket_is_away()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-s3-").FullName;
        var port = LoopbackPort.Free();
        try
        {
            await using var s3 = await S3Server.StartAsync(folder, port, Cancel);
            await using var server = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                s3.Arguments
            );
            using var box = new TestBox(server.Address);
            await RunningServer.EnrolAsync(server, box, Cancel);
            await using var hub = await box.ConnectAsync();
            var (first, second) = (TestBox.Finding(), TestBox.Finding());
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), first, Cancel);
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), second, Cancel);
            var clip = Clip(300_000);
            (await SendAsync(box, first, clip)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            Directory
                .GetFiles(Path.Combine(folder, "data"), "*.mp4*", SearchOption.AllDirectories)
                .ShouldBeEmpty("it is in the bucket alone");

            using var inspector = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };
            await RunningServer.SignInAsync(inspector, "inspector");
            (await inspector.GetByteArrayAsync($"/findings/{first.Id}/clip", Cancel)).ShouldBe(clip);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/findings/{first.Id}/clip");
            request.Headers.Range = new RangeHeaderValue(1000, 1999);
            using var part = await inspector.SendAsync(request, Cancel);
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            (await part.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(clip[1000..2000]);

            await s3.DisposeAsync();
            (await SendAsync(box, second, clip)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, "the box keeps it and tries again");
            (await inspector.GetByteArrayAsync($"/findings/{first.Id}/clip", Cancel)).ShouldBe(clip, "what was read lately is still read");
            await using var again = await S3Server.StartAsync(folder, port, Cancel);
            var offset = await box.OffsetAsync(second.Id, EvidencePart.Clip);
            (
                await box.SendAsync(
                    second.Id,
                    EvidencePart.Clip,
                    new ByteArrayContent(clip[(int)offset..]),
                    offset,
                    clip.Length,
                    Hash(clip)
                )
            ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            (await inspector.GetByteArrayAsync($"/findings/{second.Id}/clip", Cancel)).ShouldBe(clip);
            (await File.ReadAllTextAsync(Path.Combine(folder, "server.log"), Cancel)).ShouldNotContain(S3Server.Credential);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static byte[] Clip(int length)
    {
        var clip = RandomNumberGenerator.GetBytes(length);
        "ftyp"u8.CopyTo(clip.AsSpan(4));
        return clip;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static Task<HttpResponseMessage> SendAsync(TestBox box, FindingReport finding, byte[] clip) =>
        box.SendAsync(finding.Id, EvidencePart.Clip, new ByteArrayContent(clip), 0, clip.Length, Hash(clip));
}
