using BrightKitchen.Contracts;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

/// <summary>A database's two files as LiteDB is given them.</summary>
public sealed class LiteDbFilesTests(Temporary temporary)
{
    [Fact]
    public async Task What_only_the_log_holds_is_read_with_it_and_neither_file_is_changed_by_whatever_is_written()
    {
        var folder = temporary.Folder();
        var (path, log) = (Path.Combine(folder, "a.db"), Path.Combine(folder, "a-log.db"));
        string aside = Path.Combine(folder, "aside.db"),
            asideLog = Path.Combine(folder, "aside.db-log");
        using (var files = LiteDbFiles.Open(path))
        using (var db = new LiteDatabase(files.Data, null, files.Log))
        {
            db.GetCollection("x").Insert(new BsonDocument { ["_id"] = 1 });
            db.Checkpoint();
            db.CheckpointSize = 0;
            db.GetCollection("x").Insert(new BsonDocument { ["_id"] = 2 });
            db.GetCollection("x").Count().ShouldBe(2);
            // LiteDB writes its log a moment later.
            for (
                var since = TimeProvider.System.GetTimestamp();
                new FileInfo(log).Length == 0;
                await Task.Delay(10, TestContext.Current.CancellationToken)
            )
                TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(20));
            // As a power cut would leave them: another program of the machine heeds no lock.
            await CopyAsync(path, aside);
            await CopyAsync(log, asideLog);
        }

        var (before, logBefore) = (File.ReadAllBytes(aside), File.ReadAllBytes(asideLog));
        foreach (var (withLog, count) in new[] { (true, 2), (false, 1) })
        {
            using var read = LiteDbFiles.OpenToRead(aside, withLog ? asideLog : null);
            using var db = new LiteDatabase(read.Data, null, read.Log);
            db.GetCollection("x").Count().ShouldBe(count);
            db.GetCollection("x").Insert(new BsonDocument { ["_id"] = 3 });
            read.Fault.ShouldNotBeNull();
        }

        File.ReadAllBytes(aside).ShouldBe(before);
        File.ReadAllBytes(asideLog).ShouldBe(logBefore);
    }

    [Fact]
    public void A_second_one_that_opens_it_is_refused()
    {
        var path = temporary.File("a.db");
        using (LiteDbFiles.Open(path))
            Should.Throw<IOException>(() => LiteDbFiles.Open(path).Dispose());
        LiteDbFiles.Open(path).Dispose();
    }

    private static async Task CopyAsync(string from, string to)
    {
        using var copy = System.Diagnostics.Process.Start("cp", [from, to]);
        await copy.WaitForExitAsync(TestContext.Current.CancellationToken);
        copy.ExitCode.ShouldBe(0);
    }
}
