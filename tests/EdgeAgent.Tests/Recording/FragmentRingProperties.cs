using BrightKitchen.EdgeAgent.Media;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

/// <summary>Followers of a ring over any course of connections.</summary>
public sealed class FragmentRingProperties
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(40);

    /// <summary>Connections: how many fragments of half a second, how often a key frame, and how often the reader reads.</summary>
    private static readonly Gen<(int Fragments, int KeyEvery, int Away, int ReadEvery)[]> Lives = (
        from fragments in Gen.Choose(1, 200)
        from keyEvery in Gen.Elements(1, 2, 7, 50)
        from away in Gen.Choose(0, 90)
        from readEvery in Gen.Elements(1, 1, 3, 20, 150)
        select (fragments, keyEvery, away, readEvery)
    )
        .ArrayOf()
        .Resize(8);

    [Fact]
    public void A_follower_gets_each_fragment_once_and_in_order_whatever_the_connections_do() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true), Prop.ForAll(Arb.From(Lives), life =>
            {
                var time = new FakeTimeProvider(Begin);
                var ring = new FragmentRing(Kept, time);
                using var stop = new CancellationTokenSource();
                var reader = ring.FollowAsync(stop.Token).GetAsyncEnumerator(CancellationToken.None);
                ValueTask<bool>? waiting = null;
                var (added, got, unread) = (0, new List<Fragment>(), 0);
                void Read()
                {
                    while (true)
                    {
                        var next = waiting ?? reader.MoveNextAsync();
                        if (!next.IsCompleted)
                        {
                            waiting = next;
                            return;
                        }

                        waiting = null;
                        next.Result.ShouldBeTrue();
                        // Numbers rise, so that nothing is given twice; who keeps up misses nothing.
                        if (got.Count > 0)
                            reader.Current.Number.ShouldBeGreaterThan(got[^1].Number);
                        got.Add(reader.Current);
                        got.Count.ShouldBeLessThanOrEqualTo(added, "more was given than came");
                    }
                }

                foreach (var (fragments, keyEvery, away, readEvery) in life)
                {
                    var epoch = new Epoch(time.GetUtcNow().ToUnixTimeMilliseconds(), [], "avc1", 10);
                    for (var i = 0; i < fragments; i++)
                    {
                        time.Advance(TimeSpan.FromSeconds(0.5));
                        // As the reader of a connection numbers them: from zero.
                        ring.Add(new(epoch, i, [], i % keyEvery == 0, (ulong)i * 5, 5, time.GetUtcNow()));
                        added++;
                        unread++;
                        if (unread >= readEvery)
                        {
                            // The continuation of a waiting reader runs elsewhere.
                            if (waiting is { } w)
                                SpinWait.SpinUntil(() => w.IsCompleted, TimeSpan.FromSeconds(10)).ShouldBeTrue("what came is given");
                            Read();
                            unread = 0;
                        }
                    }

                    time.Advance(TimeSpan.FromSeconds(away));
                }

                if (life.All(l => l.ReadEvery == 1))
                    got.Count.ShouldBe(added, "who keeps up misses nothing");
                stop.Cancel();
            }));

    [Fact]
    public async Task A_follower_that_ended_continues_behind_what_it_has()
    {
        var time = new FakeTimeProvider(Begin);
        var ring = new FragmentRing(Kept, time);
        var epoch = new Epoch(1, [], "avc1", 10);
        for (var i = 0; i < 8; i++)
            ring.Add(new(epoch, i, [], i % 4 == 0, (ulong)i * 5, 5, time.GetUtcNow()));
        (await FirstAsync(null)).ShouldBe(4, "the newest key frame");
        (await FirstAsync(5)).ShouldBe(6);
        time.Advance(Kept + TimeSpan.FromSeconds(1));
        ring.Add(new(epoch, 8, [], true, 40, 5, time.GetUtcNow()));
        (await FirstAsync(5)).ShouldBe(6, "the newest key frame that a clip could need stays, with what depends on it");
        time.Advance(Kept + TimeSpan.FromSeconds(1));
        ring.Add(new(epoch, 9, [], false, 45, 5, time.GetUtcNow()));
        (await FirstAsync(5)).ShouldBe(8, "what was between is gone");

        async Task<long> FirstAsync(long? after)
        {
            await foreach (var fragment in ring.FollowAsync(after, TestContext.Current.CancellationToken))
                return fragment.Number;
            throw new InvalidOperationException("A ring does not end.");
        }
    }

    [Fact]
    public async Task A_follower_that_is_stopped_ends_also_in_the_middle_of_what_is_there()
    {
        var time = new FakeTimeProvider(Begin);
        var ring = new FragmentRing(Kept, time);
        var epoch = new Epoch(1, [], "avc1", 10);
        for (var i = 0; i < 8; i++)
            ring.Add(new(epoch, i, [], i == 0, (ulong)i * 5, 5, time.GetUtcNow()));
        using var stop = new CancellationTokenSource();
        var got = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var fragment in ring.FollowAsync(stop.Token))
            {
                got++;
                await stop.CancelAsync();
            }
        });
        got.ShouldBe(1);
    }
}
