using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Recording;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

public sealed class SegmentTests(Temporary temporary)
{
    private static readonly CameraId Camera = CameraId.Parse("line", null);
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 3, 59, 50, TimeSpan.Zero);
    private readonly string root = temporary.Folder();

    [Fact]
    public async Task A_segment_plays_by_itself_and_a_span_of_two_holds_the_copied_packets()
    {
        var (fragments, _) = await Recorded.AsAsync(temporary, 12);
        var recordings = Open();
        Write(recordings, fragments[..12]);
        Write(recordings, fragments[12..], Begin + Sum(fragments[..12]));
        foreach (var segment in recordings.Within(Camera, Begin, Begin.AddMinutes(1)))
            (await Ffmpeg.DecodeAsync(segment.Path)).ShouldBeEmpty();
        recordings
            .Stretches(Camera, Begin, Begin.AddMinutes(1))
            .ShouldHaveSingleItem()
            .To.ShouldBe(Begin.AddSeconds(12), TimeSpan.FromSeconds(0.1));

        var part = RecordingExport.Parts(recordings, Camera, Begin.AddSeconds(4.3), Begin.AddSeconds(8.1)).ShouldHaveSingleItem();
        part.From.ShouldBe(Begin.AddSeconds(4), TimeSpan.FromMilliseconds(50));
        var clip = temporary.File("span.mp4");
        await using (var file = File.Create(clip))
            (await RecordingExport.WriteAsync(part, file, TestContext.Current.CancellationToken)).ShouldBe(0);
        (await Ffmpeg.DecodeAsync(clip)).ShouldBeEmpty();
        var frames = int.Parse(
            (await Ffmpeg.ProbeAsync($"-count_packets -show_entries stream=nb_read_packets -of csv=p=0 {clip}")).Trim().TrimEnd(','),
            System.Globalization.CultureInfo.InvariantCulture
        );
        frames.ShouldBeInRange(100, 126, "from the key frame at 4 s to the fragment that holds 8.1 s");
        double.Parse(
                (await Ffmpeg.ProbeAsync($"-show_entries format=duration -of csv=p=0 {clip}")).Trim(),
                System.Globalization.CultureInfo.InvariantCulture
            )
            .ShouldBe(frames / 25.0, 0.1);
    }

    [Fact]
    public async Task The_index_is_made_up_from_the_files_and_spares_reading_them()
    {
        var (fragments, _) = await Recorded.AsAsync(temporary, 6);
        Write(Open(), fragments);
        var index = Directory.GetFiles(root, "index.txt", SearchOption.AllDirectories).Single();
        var first = Loaded().Within(Camera, Begin, Begin.AddMinutes(1));
        File.Delete(index);
        Loaded().Within(Camera, Begin, Begin.AddMinutes(1)).ShouldBe(first);
        await File.WriteAllTextAsync(
            index,
            "nonsense\n" + string.Concat((await File.ReadAllTextAsync(index, TestContext.Current.CancellationToken)).Take(40)),
            TestContext.Current.CancellationToken
        );
        Loaded().Within(Camera, Begin, Begin.AddMinutes(1)).ShouldBe(first);
    }

    [Fact]
    public async Task A_picture_that_changed_within_a_span_makes_two_parts()
    {
        var recordings = Open();
        var (wide, _) = await Recorded.AsAsync(temporary, 4);
        var (tall, _) = await Recorded.AsAsync(temporary, 4, "480x480");
        Write(recordings, wide);
        Write(recordings, tall, Begin.AddSeconds(4));
        RecordingExport
            .Parts(recordings, Camera, Begin, Begin.AddSeconds(8))
            .Select(p => p.To - p.From)
            .ShouldAllBe(d => d > TimeSpan.FromSeconds(3.5));
        RecordingExport.Parts(recordings, Camera, Begin, Begin.AddSeconds(8)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_gap_stays_in_an_export_as_long_as_it_was_and_is_told()
    {
        var recordings = Open();
        var (first, _) = await Recorded.AsAsync(temporary, 4);
        var (second, _) = await Recorded.AsAsync(temporary, 4);
        Write(recordings, first);
        Write(recordings, second, Begin.AddSeconds(14));
        // Half a second later than it ends is a reconnect that nobody sees on a timeline.
        var (third, _) = await Recorded.AsAsync(temporary, 4);
        Write(recordings, third, Begin.AddSeconds(18.5));
        var part = RecordingExport.Parts(recordings, Camera, Begin, Begin.AddSeconds(30)).ShouldHaveSingleItem();
        part.Gaps.ShouldHaveSingleItem().ShouldBe((part.Pieces[7].Piece.To, Begin.AddSeconds(14)));
        part.Gaps[0].From.ShouldBe(Begin.AddSeconds(4), TimeSpan.FromMilliseconds(50));
        var file = temporary.File("span.mp4");
        await using (var stream = File.Create(file))
            await RecordingExport.WriteAsync(part, stream, TestContext.Current.CancellationToken);
        (await Ffmpeg.DecodeAsync(file)).ShouldBeEmpty();
        var times = await Ffmpeg.TimesAsync(file);
        times.Count.ShouldBe(300);
        times[100].ShouldBe(14, 0.1, "a moment in the file is the same moment in the kitchen");
        times[200].ShouldBe(18, 0.1);
        BoxRoutes.SpanFile(Camera, Begin, "1").ShouldBe("line-20260302-035950-gaps-1.mp4");
        BoxRoutes.SpanFile(Camera, Begin, null).ShouldBe("line-20260302-035950.mp4");
    }

    [Fact]
    public async Task A_growing_segment_can_be_played()
    {
        var (fragments, _) = await Recorded.AsAsync(temporary, 4);
        var recordings = Open();
        using var writer = new SegmentWriter(root, Camera, fragments[0], Begin);
        recordings.Opened(Camera, writer);
        var at = Begin;
        foreach (var fragment in fragments)
        {
            writer.Append(fragment, at);
            at += fragment.Duration;
        }

        RecordingExport.Parts(recordings, Camera, Begin, Begin.AddSeconds(4)).ShouldHaveSingleItem().Pieces.Count.ShouldBe(fragments.Count);
    }

    [Fact]
    public async Task Whatever_is_torn_or_turned_what_was_whole_is_read_and_nothing_else()
    {
        const int rounds = 9000;
        var (fragments, _) = await Recorded.AsAsync(temporary, 5);
        var small = fragments.ConvertAll(f => f with { Bytes = f.Bytes[..Math.Min(f.Bytes.Length, 3000)] });
        Write(Open(), small);
        var good = await File.ReadAllBytesAsync(
            Directory.GetFiles(root, "*.mp4", SearchOption.AllDirectories).Single(),
            TestContext.Current.CancellationToken
        );
        var path = temporary.File("000000000-1-0.mp4");
        await File.WriteAllBytesAsync(path, good, TestContext.Current.CancellationToken);
        var whole = SegmentReader.Read(path, thoroughly: true);
        whole.Pieces.Count.ShouldBe(fragments.Count);
        var random = new Random(5);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = (byte[])good.Clone();
            var (from, to) = (bytes.Length, bytes.Length);
            switch (round % 3)
            {
                case 0:
                    from = random.Next(bytes.Length);
                    bytes = bytes[..from];
                    break;
                case 1:
                    (from, to) = (random.Next(bytes.Length), 0);
                    to = from + 1;
                    bytes[from] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    // A block that the disk never wrote.
                    from = random.Next(bytes.Length);
                    to = Math.Min(bytes.Length, from + 4096);
                    bytes.AsSpan(from, to - from).Clear();
                    break;
            }

            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
            var read = SegmentReader.Read(path, thoroughly: true);
            bool Hit(long begin, long end) => begin < to && end > from;
            foreach (var piece in whole.Pieces.Where(p => !Hit(p.Offset - SegmentFormat.PieceBox, p.Offset + p.Length)))
                read.Pieces.ShouldContain(piece, $"round {round}: a whole fragment was lost");
            foreach (var piece in read.Pieces)
                good.AsSpan((int)piece.Offset, piece.Length)
                    .SequenceEqual(bytes.AsSpan((int)piece.Offset, piece.Length))
                    .ShouldBeTrue($"round {round}: a damaged fragment was taken for whole");
            if (read.Init is not null)
                read.Init.ShouldBe(fragments[0].Epoch.Init);
        }
    }

    [Fact]
    public async Task A_damaged_beginning_is_taken_from_a_sibling_of_the_same_connection()
    {
        var (fragments, _) = await Recorded.AsAsync(temporary, 8);
        var recordings = Open();
        Write(recordings, fragments[..8]);
        Write(recordings, fragments[8..], Begin + Sum(fragments[..8]));
        var first = recordings.Within(Camera, Begin, Begin.AddSeconds(1)).Single();
        var bytes = await File.ReadAllBytesAsync(first.Path, TestContext.Current.CancellationToken);
        bytes[60] ^= 255;
        await File.WriteAllBytesAsync(first.Path, bytes, TestContext.Current.CancellationToken);
        RecordingExport.Parts(Loaded(), Camera, Begin, Begin.AddSeconds(8)).ShouldHaveSingleItem().Pieces.Count.ShouldBe(fragments.Count);
    }

    [Fact]
    public void Nothing_that_is_no_segment_makes_the_reader_fail_or_grow()
    {
        var random = new Random(9);
        var path = temporary.File("000000000-1-0.mp4");
        var before = GC.GetTotalMemory(true);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(4000)];
            random.NextBytes(bytes);
            for (var sign = random.Next(4); sign > 0 && bytes.Length > 200; sign--)
                SegmentFormat.PieceSign.CopyTo(bytes.AsSpan(random.Next(bytes.Length - 100)));
            File.WriteAllBytes(path, bytes);
            SegmentReader.Read(path, thoroughly: i % 2 == 0).Pieces.ShouldBeEmpty();
        }

        (GC.GetTotalMemory(true) - before).ShouldBeLessThan(16 << 20);
    }

    private Recordings Open() => new(root, NullLogger<Recordings>.Instance);

    private Recordings Loaded()
    {
        var recordings = Open();
        recordings.Load();
        return recordings;
    }

    private static TimeSpan Sum(IEnumerable<Fragment> fragments) => fragments.Aggregate(TimeSpan.Zero, (sum, f) => sum + f.Duration);

    private void Write(Recordings recordings, List<Fragment> fragments, DateTimeOffset? from = null)
    {
        var at = from ?? Begin;
        using var writer = new SegmentWriter(root, Camera, fragments[0], at);
        recordings.Opened(Camera, writer);
        foreach (var fragment in fragments)
        {
            writer.Append(fragment, at);
            at += fragment.Duration;
        }

        writer.Sync();
        recordings.Finished(Camera, writer.Segment);
    }
}
