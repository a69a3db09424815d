using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

/// <summary>The outbox beside a plain list, over any order of work, refusals, restarts and clocks.</summary>
public sealed class OutboxProperties(Temporary temporary)
{
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);

    private enum Step
    {
        Open,
        Finish,
        Close,
        Acknowledge,
        AcknowledgeAgain,
        Refuse,
        Wait,
        ClockBack,
        Restart,
    }

    [Fact]
    public void Every_entry_stays_until_it_is_acknowledged_comes_in_order_and_never_again() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(60).WithQuietOnSuccess(true),
            Prop.ForAll(Arb.From(Gen.Elements(Enum.GetValues<Step>()).ListOf().Resize(40)), Run)
        );

    private void Run(IReadOnlyList<Step> steps)
    {
        var (path, time) = (temporary.File("evidence.db"), new FakeTimeProvider(Eleven) { AutoAdvanceAmount = TimeSpan.Zero });
        var store = new EvidenceStore(path, time);
        var (open, growing, expected, gone) = (
            new List<FindingId>(),
            new List<FindingId>(),
            new List<(string Finding, string What)>(),
            new List<OutboxDocument>()
        );
        try
        {
            foreach (var step in steps)
            {
                switch (step)
                {
                    case Step.Open:
                        var finding = new FindingReport(
                            FindingId.New(time.GetUtcNow()),
                            CameraId.Parse("line", null),
                            "zone",
                            FindingKinds.NoMask,
                            time.GetUtcNow(),
                            null,
                            0.9f,
                            [],
                            []
                        );
                        store.Add(finding, [1, 2, 3], [EvidenceStoreTests.Fragment(300)]);
                        open.Add(finding.Id);
                        growing.Add(finding.Id);
                        expected.AddRange([(finding.Id.ToString(), EvidenceStore.Reports), (finding.Id.ToString(), EvidenceStore.Stills)]);
                        break;
                    case Step.Finish when growing.Count > 0:
                        store.Finish(growing[0], []);
                        expected.Add((growing[0].ToString(), EvidenceStore.Clips));
                        growing.RemoveAt(0);
                        break;
                    case Step.Close when open.Count > 0:
                        store.Close(open[0], TimeSpan.FromSeconds(1));
                        expected.Add((open[0].ToString(), EvidenceStore.Reports));
                        open.RemoveAt(0);
                        break;
                    case Step.Acknowledge when store.Outbox(1) is [var first]:
                        store.Acknowledge(first);
                        expected.Remove((first.Finding, first.What)).ShouldBeTrue();
                        gone.Add(first);
                        break;
                    case Step.AcknowledgeAgain when gone.Count > 0:
                        store.Acknowledge(gone[^1]);
                        break;
                    case Step.Refuse when store.Outbox(1) is [var refused]:
                        store.Defer(refused);
                        break;
                    case Step.Wait:
                        time.Advance(TimeSpan.FromMinutes(7));
                        break;
                    case Step.ClockBack:
                        time.AdjustTime(time.GetUtcNow().AddHours(-2));
                        break;
                    case Step.Restart:
                        store.Dispose();
                        store = new(path, time);
                        // What was open is finished and closed by the start.
                        expected.AddRange(
                            open.Union(growing)
                                .Order(Comparer<FindingId>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString())))
                                .SelectMany(id =>
                                    growing.Contains(id)
                                        ? open.Contains(id)
                                            ? new[] { (id.ToString(), EvidenceStore.Clips), (id.ToString(), EvidenceStore.Reports) }
                                            : [(id.ToString(), EvidenceStore.Clips)]
                                        : [(id.ToString(), EvidenceStore.Reports)]
                                )
                        );
                        open.Clear();
                        growing.Clear();
                        break;
                    default:
                        break;
                }

                store.OutboxDepth.ShouldBe(expected.Count);
            }

            // Long after, everything is offered, a still before its clip, and nothing that was acknowledged.
            time.Advance(TimeSpan.FromDays(2));
            var offered = store.Outbox(int.MaxValue);
            offered.Select(e => (e.Finding, e.What)).Order().ShouldBe(expected.Order());
            offered.Select(e => e.Id).Intersect(gone.Select(g => g.Id)).ShouldBeEmpty("a number means one thing for ever");
            offered.Select(e => e.Id).ShouldBeInOrder(SortDirection.Ascending);
            foreach (var own in offered.GroupBy(e => e.Finding))
                own.Where(e => e.What != EvidenceStore.Reports)
                    .Select(e => e.What)
                    .ShouldBe(expected.Where(e => e.Finding == own.Key && e.What != EvidenceStore.Reports).Select(e => e.What));
        }
        finally
        {
            store.Dispose();
        }
    }
}
