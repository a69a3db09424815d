using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Recording;
using FsCheck;
using FsCheck.Fluent;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

/// <summary>What goes and what stays, over any set of recordings.</summary>
public sealed class RetentionProperties
{
    private const long Gigabyte = 1_000_000_000;
    private static readonly DateTimeOffset Now = new(2026, 3, 30, 3, 0, 0, TimeSpan.Zero);

    private static readonly Gen<Segment> Segments =
        from hours in Gen.Choose(0, 24 * 40)
        from megabytes in Gen.Choose(1, 4000)
        from camera in Gen.Elements("a", "b", "c")
        select new Segment(
            CameraId.Parse(camera, null),
            $"{camera}/{Guid.NewGuid():N}",
            1,
            Now.AddHours(-hours - 1),
            Now.AddHours(-hours),
            megabytes * 1_000_000L,
            10,
            0
        );

    private static readonly Gen<(Segment[] All, RecordingOptions Options, long Free)> Disks =
        from all in Segments.ArrayOf().Resize(40)
        from days in Gen.Choose(1, 30)
        from most in Gen.Choose(0, 60)
        from keep in Gen.Choose(1, 20)
        from free in Gen.Choose(0, 40)
        select (
            all,
            new RecordingOptions
            {
                Days = days,
                MostGigabytes = most == 0 ? null : most,
                KeepFreeGigabytes = keep,
            },
            free * Gigabyte
        );

    [Fact]
    public void What_goes_is_the_oldest_no_more_than_needed_and_what_stays_fits() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true), Prop.ForAll(Arb.From(Disks), disk =>
            {
                var bytes = disk.All.Sum(s => s.Bytes);
                var gone = RecordingRetention.Surplus(disk.All, disk.Options, Now, bytes, disk.Free);
                var kept = disk.All.Except(gone).ToList();
                (gone.Count == 0 || kept.Count == 0 || gone.Max(s => s.To) <= kept.Min(s => s.To)).ShouldBeTrue(
                    "nothing goes before what is older"
                );
                kept.ShouldAllBe(s => Now - s.To <= TimeSpan.FromDays(disk.Options.Days));
                bool Fits(IEnumerable<Segment> rest) =>
                    rest.Sum(s => s.Bytes) <= (disk.Options.MostGigabytes ?? 1e9) * Gigabyte
                    && disk.Free + bytes - rest.Sum(s => s.Bytes) >= disk.Options.KeepFreeGigabytes * Gigabyte;
                (kept.Count == 0 || Fits(kept)).ShouldBeTrue("what stays fits, or nothing stays");
                // Giving the newest of the gone back would break a rule.
                if (gone.Count > 0)
                    (Now - gone[^1].To > TimeSpan.FromDays(disk.Options.Days) || !Fits(kept.Append(gone[^1]))).ShouldBeTrue(
                        "no more goes than must"
                    );
            }));
}
