using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Tests;

public sealed class AgentClockTests
{
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);
    private readonly SteppingClock machine = new(Eleven);

    [Fact]
    public void Setting_the_machines_clock_moves_what_is_told_and_not_what_is_measured()
    {
        var clock = new AgentClock(machine);
        var began = clock.GetUtcNow();
        machine.Advance(TimeSpan.FromSeconds(2));
        machine.Step(TimeSpan.FromHours(-5));
        machine.Advance(TimeSpan.FromSeconds(1));
        (clock.GetUtcNow() - began).ShouldBe(TimeSpan.FromSeconds(3));
        clock.ToldNow().ShouldBe(Eleven.AddHours(-5).AddSeconds(3));
        clock.Told(began).ShouldBe(Eleven.AddHours(-5));
    }

    [Fact]
    public void Knows_how_wrong_the_machine_is_also_after_it_was_set()
    {
        var clock = new AgentClock(machine);
        clock.Ahead.ShouldBeNull();
        clock.Compare(Eleven.AddMinutes(-3), clock.GetUtcNow());
        clock.Ahead.ShouldBe(TimeSpan.FromMinutes(3));
        machine.Step(TimeSpan.FromMinutes(-3));
        clock.Ahead.ShouldBe(TimeSpan.Zero);
        clock.ServersNow().ShouldBe(Eleven.AddMinutes(-3));
    }

    [Fact]
    public void Tells_the_servers_time_where_that_is_wanted_and_the_machines_until_the_server_was_asked()
    {
        var clock = new AgentClock(machine) { ByServer = true };
        clock.ToldNow().ShouldBe(Eleven);
        clock.Compare(Eleven.AddHours(2), clock.GetUtcNow());
        machine.Advance(TimeSpan.FromSeconds(10));
        clock.ToldNow().ShouldBe(Eleven.AddHours(2).AddSeconds(10));
        machine.Step(TimeSpan.FromDays(-400));
        clock.ToldNow().ShouldBe(Eleven.AddHours(2).AddSeconds(10));
        clock.ByServer = false;
        clock.ToldNow().ShouldBe(Eleven.AddDays(-400).AddSeconds(10));
    }

    /// <summary>Time that goes on steadily under a wall clock that somebody sets.</summary>
    private sealed class SteppingClock(DateTimeOffset start) : TimeProvider
    {
        private TimeSpan passed;
        private TimeSpan off;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => passed += by;

        public void Step(TimeSpan by) => off += by;

        public override long GetTimestamp() => passed.Ticks;

        public override DateTimeOffset GetUtcNow() => start + passed + off;
    }
}
