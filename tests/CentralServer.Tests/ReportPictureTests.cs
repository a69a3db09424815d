using System.Net;
using System.Net.Sockets;
using System.Text;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.Fixtures;
using SkiaSharp;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// What a stranger can make the server read, store and give away by a report's picture; on a server of its own, as its disk is counted.
/// </summary>
public sealed class ReportPictureTests(RunningServer shared) : IAsyncLifetime
{
    private const int ReportsPerHour = 12;
    private const int PicturesPerDay = 3;
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-reports-").FullName;
    private CentralServerProcess process = null!;
    private HttpClient visitor = null!;
    private string visit = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        process = await CentralServerProcess.StartAsync(
            Path.Combine(folder, "data"),
            Path.Combine(folder, "server.log"),
            LoopbackPort.Free(),
            RunningServer.Password,
            Cancel,
            ["--Cases:ReportsPerHour", $"{ReportsPerHour}", "--Cases:PicturesPerDay", $"{PicturesPerDay}", .. shared.DatabaseArguments()]
        );
        visitor = Client();
        using var manager = Client();
        await RunningServer.SignInAsync(manager, "manager");
        visit = System
            .Text.RegularExpressions.Regex.Match(await manager.GetStringAsync("/school", Cancel), "href=\"(/visit/[^\"]+)\"")
            .Groups[1]
            .Value;
    }

    public async ValueTask DisposeAsync()
    {
        visitor?.Dispose();
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, true);
    }

    [Fact]
    public async Task A_report_that_is_refused_stores_no_picture_and_what_was_typed_comes_back()
    {
        (await FaultAsync("  ", TestPicture.Jpeg())).ShouldBe("needs-text");
        Pictures().ShouldBe(0);
        const string text = "汤里有头发 <b>&\"引号\"</b> 🍜𠮷 שלום";
        using var answer = await ReportAsync(text, [.. "GIF89a, and no picture"u8]);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        page.ShouldContain("data-fault=\"picture\"");
        WebUtility
            .HtmlDecode(System.Text.RegularExpressions.Regex.Match(page, "<textarea name=\"text\"[^>]*>([^<]*)</textarea>").Groups[1].Value)
            .ShouldBe(text);
        Pictures().ShouldBe(0);
    }

    [Fact]
    public async Task A_days_pictures_of_a_site_are_counted_and_over_the_quota_a_report_goes_without()
    {
        for (var i = 0; i < PicturesPerDay; i++)
            (await FaultAsync($"report {i}", TestPicture.Jpeg())).ShouldBeNull();
        (await FaultAsync("one more", TestPicture.Jpeg())).ShouldBe("quota");
        Pictures().ShouldBe(PicturesPerDay);
        (await FaultAsync("without a picture", null)).ShouldBeNull();
    }

    [Fact]
    public async Task Over_the_limits_the_server_answers_before_it_has_read_the_body()
    {
        var token = RunningServer.TokenOf(await visitor.GetStringAsync(visit, Cancel));
        (await HeadersAloneAsync(20 << 20)).ShouldStartWith("HTTP/1.1 413", Case.Sensitive, "too large");
        (await HeadersAloneAsync(40 << 20)).ShouldContain("8 MB", Case.Sensitive, "larger than any body may be: a page says so");
        token.ShouldNotBeEmpty();
        for (var i = 0; i < ReportsPerHour; i++)
        {
            if ((await ReportAsync($"report {i}", null)).StatusCode == HttpStatusCode.TooManyRequests)
                break;
        }

        (await HeadersAloneAsync(1 << 20)).ShouldStartWith("HTTP/1.1 429", Case.Sensitive, "too many");
    }

    [Fact]
    public async Task What_an_official_sees_of_an_anonymous_picture_is_upright_and_bears_nothing_of_its_owner()
    {
        // Taken with the phone held upright: the sensor's picture is turned by 90 degrees.
        var sent = TestPicture.WithExif(TestPicture.Jpeg(96, 64), orientation: 6, "owner Bao Yulan, GPS 40.8426 111.7492");
        (await FaultAsync("with a picture", sent)).ShouldBeNull();
        // What is stored, and not only what a page makes of it: a backup and an object store's owner see that.
        Stored().ShouldNotBeEmpty();
        foreach (var file in Stored())
        {
            var stored = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Cancel));
            stored.ShouldNotContain("Bao Yulan");
            stored.ShouldNotContain("Exif");
        }

        using var regulator = Client();
        await RunningServer.SignInAsync(regulator, "regulator");
        var id = System
            .Text.RegularExpressions.Regex.Match(await regulator.GetStringAsync("/cases", Cancel), "/cases/([0-9a-f]{32})")
            .Groups[1]
            .Value;
        var got = await regulator.GetByteArrayAsync($"/cases/{id}/picture", Cancel);
        var (width, height, corner) = TestPicture.Decode(got);
        (width, height).ShouldBe((64, 96));
        // The red corner was upper left on the sensor, and is upper right as it was seen.
        corner.Red.ShouldBeLessThan((byte)128);
        Encoding.Latin1.GetString(got).ShouldNotContain("Bao Yulan");
        Encoding.Latin1.GetString(got).ShouldNotContain("Exif");
    }

    [Fact]
    public async Task A_small_file_of_very_many_pixels_a_cut_one_and_other_formats_are_refused_and_ordinary_ones_taken()
    {
        var bomb = TestPicture.Encoded(SKEncodedImageFormat.Png, 6000, 6000);
        bomb.Length.ShouldBeLessThan(1 << 20, "36 megapixels in little");
        (await Photograph.CleanAsync(bomb, Cancel)).ShouldBeNull();
        var whole = TestPicture.Jpeg(400, 300);
        (await Photograph.CleanAsync(whole[..(whole.Length / 2)], Cancel)).ShouldBeNull();
        foreach (var bytes in new byte[][] { [], [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3], [.. "GIF89a"u8], [.. "<svg/>"u8] })
            (await Photograph.CleanAsync(bytes, Cancel)).ShouldBeNull();
        foreach (var format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp })
            TestPicture
                .Decode((await Photograph.CleanAsync(TestPicture.Encoded(format, 40, 30), Cancel)).ShouldNotBeNull())
                .Width.ShouldBe(40);
        TestPicture
            .Decode((await Photograph.CleanAsync(TestPicture.Jpeg(5000, 1000), Cancel)).ShouldNotBeNull())
            .Width.ShouldBeLessThanOrEqualTo(2560);
    }

    private HttpClient Client() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = process.Address,
            DefaultRequestHeaders = { { "Accept", "text/html" } },
        };

    private int Pictures() => Stored().Count;

    private List<string> Stored() =>
        Path.Combine(folder, "data") is var data && Directory.Exists(data)
            ?
            [
                .. Directory
                    .EnumerateFiles(data, "*", SearchOption.AllDirectories)
                    .Where(f =>
                        f.Contains($"{Path.DirectorySeparatorChar}pictures{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                    ),
            ]
            : [];

    private async Task<string?> FaultAsync(string text, byte[]? picture)
    {
        using var answer = await ReportAsync(text, picture);
        return RunningServer.FaultOf(answer);
    }

    private async Task<HttpResponseMessage> ReportAsync(string text, byte[]? picture)
    {
        using var form = RunningServer.Form(
            new() { ["text"] = text, ["__RequestVerificationToken"] = RunningServer.TokenOf(await visitor.GetStringAsync(visit, Cancel)) }
        );
        if (picture is not null)
            form.Add(new ByteArrayContent(picture), "picture", "IMG_0001.jpg");
        return await visitor.PostAsync($"{visit}/feedback", form, Cancel);
    }

    // What is answered to who says how much they will send, and sends nothing.
    private async Task<string> HeadersAloneAsync(int length)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(process.Address.Host, process.Address.Port, Cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {visit}/feedback HTTP/1.1\r\nHost: {process.Address.Authority}\r\nAccept: text/html\r\nConnection: "
                    + $"close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
            ),
            Cancel
        );
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = new StringBuilder();
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer, patience.Token) is > 0 and var read)
                text.Append(buffer, 0, read);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What came until then is looked at.
        }

        return text.ToString();
    }
}
