using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.CentralServer.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SkiaSharp;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Pictures as they are stored: turned upright, as young as their last use, and swept when nothing refers to them.</summary>
public sealed class PictureFilesTests(RunningServer shared) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-pictures-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, true);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 0, 1)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 1, 0)]
    [InlineData(7, 1, 1)]
    [InlineData(8, 0, 1)]
    public async Task A_picture_is_upright_whatever_way_the_phone_was_held(byte orientation, int right, int below)
    {
        var clean = (
            await Photograph.CleanAsync(TestPicture.WithExif(TestPicture.Jpeg(80, 48), orientation, "x"), Cancel)
        ).ShouldNotBeNull();
        using var bitmap = SKBitmap.Decode(clean);
        (bitmap.Width > bitmap.Height).ShouldBe(orientation < 5);
        for (var x = 0; x < 2; x++)
        {
            for (var y = 0; y < 2; y++)
                (bitmap.GetPixel(((2 * x) + 1) * bitmap.Width / 4, ((2 * y) + 1) * bitmap.Height / 4).Red > 128).ShouldBe(
                    (x, y) == (right, below),
                    $"{x} {y}"
                );
        }
    }

    [Fact]
    public async Task A_picture_without_a_record_goes_after_a_day_also_over_a_restart_and_one_with_a_record_or_stored_again_stays()
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, "sweep")).FullName;
        var open = await shared.NewDatabaseAsync(place);
        var pictures = new PictureFiles(Path.Combine(place, "arriving"), new DiskStore(place));
        await using var services = new ServiceCollection()
            .AddScoped(_ => open())
            .AddSingleton<IPictureReferences, CasePictures>()
            .AddSingleton<IPictureReferences, RecordPictures>()
            .AddSingleton<IPictureReferences, StepPictures>()
            .BuildServiceProvider();
        var (usedSent, orphanSent, againSent) = (TestPicture.Jpeg(), TestPicture.Jpeg(), TestPicture.Jpeg());
        var (used, orphan) = (await KeepAsync(pictures, usedSent), await KeepAsync(pictures, orphanSent));
        var again = await KeepAsync(pictures, againSent);
        await using (var db = open())
        {
            db.Sites.Add(new Sites.Site { Id = "s", Name = "s" });
            db.Staff.Add(
                new Records.StaffMember
                {
                    Id = "1",
                    SiteId = "s",
                    Name = "n",
                    CertificatePicture = used,
                }
            );
            await db.SaveChangesAsync(Cancel);
        }

        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        async Task<int> SweptAsync()
        {
            // Each is of a server that has just been started.
            using var sweep = new PictureSweep(services, pictures, time, NullLogger<PictureSweep>.Instance);
            return await sweep.SweepAsync(Cancel);
        }

        (await SweptAsync()).ShouldBe(0, "its record may be on its way");
        time.Advance(TimeSpan.FromDays(2));
        // Used again a moment ago: what refers to it is not committed yet.
        (await KeepAsync(pictures, againSent)).ShouldBe(again);
        foreach (var file in new[] { used, orphan, again })
        {
            var age = file == again ? TimeSpan.Zero : TimeSpan.FromDays(2);
            File.SetLastWriteTimeUtc(Path.Combine(place, "pictures", file[..2], file), (time.GetUtcNow() - age).UtcDateTime);
        }

        (await SweptAsync()).ShouldBe(1);
        (await pictures.FindAsync(orphan, Cancel)).ShouldBeNull();
        (await pictures.FindAsync(used, Cancel)).ShouldNotBeNull();
        (await pictures.FindAsync(again, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Every_column_of_pictures_is_known_to_what_removes_those_that_nothing_refers_to()
    {
        await using var server = await HostedServer.StartAsync(shared);
        var references = server.Services.GetServices<IPictureReferences>().ToList();
        var (columns, known) = await server.WithAsync<CentralDb, (int, int)>(db =>
            Task.FromResult(
                (
                    db.Model.GetEntityTypes()
                        .SelectMany(e => e.GetProperties())
                        .Count(p => p.Name.EndsWith("Picture", StringComparison.Ordinal)),
                    references.SelectMany(r => r.Of(db)).Count()
                )
            )
        );
        columns.ShouldBeGreaterThan(3);
        known.ShouldBe(columns);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_picture_that_is_stored_again_is_as_young_as_a_new_one(bool byAKiosk)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, "again")).FullName;
        var pictures = new PictureFiles(Path.Combine(place, "arriving"), new DiskStore(place));
        var sent = TestPicture.Jpeg();
        var stored = await KeepAsync(pictures, sent);
        var (file, old) = (Path.Combine(place, "pictures", stored[..2], stored), TimeProvider.System.GetUtcNow().AddDays(-3));
        File.SetLastWriteTimeUtc(file, old.UtcDateTime);
        (await pictures.IsOlderAsync(stored, old.AddHours(1), Cancel)).ShouldBeTrue();
        if (byAKiosk)
            (await pictures.StoredAsync(stored, Cancel)).ShouldBe(stored);
        else
            (await KeepAsync(pictures, sent)).ShouldBe(stored);
        (await pictures.IsOlderAsync(stored, old.AddDays(2), Cancel)).ShouldBeFalse();
        (await pictures.RemoveAsync(stored, old.AddDays(2), () => Task.FromResult(true), Cancel)).ShouldBeFalse();
        (await pictures.FindAsync(stored, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_picture_that_is_stored_while_it_is_being_removed_is_there_afterwards()
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, "race")).FullName;
        var pictures = new PictureFiles(Path.Combine(place, "arriving"), new DiskStore(place));
        var sent = TestPicture.Jpeg();
        var stored = await KeepAsync(pictures, sent);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var removing = pictures.RemoveAsync(
            stored,
            TimeProvider.System.GetUtcNow().AddDays(1),
            () =>
            {
                asked.SetResult();
                return answer.Task;
            },
            Cancel
        );
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        var again = KeepAsync(pictures, sent);
        answer.SetResult(true);
        (await removing).ShouldBeTrue();
        (await again).ShouldBe(stored);
        (await pictures.FindAsync(stored, Cancel)).ShouldNotBeNull("who stores it while it is looked at has it stored");
    }

    private static async Task<string> KeepAsync(PictureFiles pictures, byte[] sent)
    {
        using var stream = new MemoryStream(sent);
        return (await pictures.StoreAsync(stream, Cancel)).ShouldNotBeNull();
    }
}
