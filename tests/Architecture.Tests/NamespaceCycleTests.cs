using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace BrightKitchen.Architecture.Tests;

/// <summary>
/// A folder is a capability, and no two know each other, directly or over others. What is in the project's own namespace puts the
/// capabilities together: it may know all, and none may know it.
/// </summary>
public sealed class NamespaceCycleTests
{
    [Theory]
    [InlineData("CentralServer")]
    [InlineData("EdgeAgent")]
    [InlineData("KioskUI")]
    public void Capabilities_know_one_another_without_a_cycle(string project)
    {
        var known = KnownBy(project);
        known.Count.ShouldBeGreaterThan(3, $"types of {project} were looked at");
        Cycles(known).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CentralServer")]
    [InlineData("EdgeAgent")]
    [InlineData("KioskUI")]
    public void No_capability_knows_what_puts_them_together(string project) =>
        KnownBy(project).SelectMany(k => k.Value.Where(to => to.Key.Length == 0).Select(to => to.Value)).ShouldBeEmpty();

    [Fact]
    public void A_cycle_is_named_by_its_shortest_way_and_a_pair_of_types_for_each_step()
    {
        var known = new Dictionary<string, Dictionary<string, string>>
        {
            ["A"] = new() { ["B"] = "a uses b" },
            ["B"] = new() { ["C"] = "b uses c", ["D"] = "b uses d" },
            ["C"] = new() { ["D"] = "c uses d" },
            ["D"] = new() { ["B"] = "d uses b" },
        };
        Cycles(known).ShouldHaveSingleItem().ShouldBe("B, C, D know one another: B -> D (b uses d), D -> B (d uses b)");
        known["D"].Clear();
        Cycles(known).ShouldBeEmpty();
    }

    /// <summary>Each namespace below the project's own, what it knows of the others, and an example of it.</summary>
    private static Dictionary<string, Dictionary<string, string>> KnownBy(string project)
    {
        var types = new ArchLoader().LoadAssemblies(Assembly.Load(project)).Build().Types;
        var known = new Dictionary<string, Dictionary<string, string>>();
        foreach (var type in types)
        {
            if (CapabilityOf(project, type) is not { Length: > 0 } from)
                continue;
            var all = known.TryGetValue(from, out var there) ? there : known[from] = [];
            foreach (var target in type.Dependencies.Select(d => d.Target))
            {
                if (CapabilityOf(project, target) is { } to && to != from)
                    all.TryAdd(to, $"{OuterOf(type)} uses {OuterOf(target)}");
            }
        }

        return known;
    }

    /// <summary>One line for each set of namespaces that all know one another.</summary>
    private static IEnumerable<string> Cycles(Dictionary<string, Dictionary<string, string>> known)
    {
        var ways = known
            .Keys.Order(StringComparer.Ordinal)
            .Select(n => (Name: n, Way: WayBack(known, n)))
            .Where(w => w.Way is not null)
            .ToList();
        var reachable = ways.ToDictionary(w => w.Name, w => ReachedFrom(known, w.Name));
        // Whoever reaches itself and the same others is of one set.
        foreach (
            var set in ways.GroupBy(w =>
                string.Join(", ", reachable[w.Name].Where(o => reachable.GetValueOrDefault(o)?.Contains(w.Name) == true))
            )
        )
        {
            var way = set.Select(w => w.Way!).MinBy(w => w.Count)!;
            yield return $"{set.Key} know one another: "
                + string.Join(", ", way.Zip(way.Skip(1)).Select(s => $"{s.First} -> {s.Second} ({known[s.First][s.Second]})"));
        }
    }

    /// <summary>The shortest way from a namespace to itself, both ends included; null where there is none.</summary>
    private static List<string>? WayBack(Dictionary<string, Dictionary<string, string>> known, string start)
    {
        var (waiting, seen) = (
            new Queue<List<string>>([
                [start],
            ]),
            new HashSet<string>()
        );
        while (waiting.TryDequeue(out var way))
        {
            foreach (var next in Next(known, way[^1]))
            {
                if (next == start)
                    return [.. way, next];
                if (seen.Add(next))
                    waiting.Enqueue([.. way, next]);
            }
        }

        return null;
    }

    private static SortedSet<string> ReachedFrom(Dictionary<string, Dictionary<string, string>> known, string start)
    {
        var (waiting, seen) = (new Queue<string>([start]), new SortedSet<string>(StringComparer.Ordinal));
        while (waiting.TryDequeue(out var at))
        {
            foreach (var next in Next(known, at).Where(seen.Add))
                waiting.Enqueue(next);
        }

        return seen;
    }

    private static IEnumerable<string> Next(Dictionary<string, Dictionary<string, string>> known, string at) =>
        known.TryGetValue(at, out var all) ? all.Keys.Where(k => k.Length > 0).Order(StringComparer.Ordinal) : [];

    /// <summary>The first part of the namespace below the project's own, empty for that one itself; null for types of others.</summary>
    private static string? CapabilityOf(string project, IType type)
    {
        var (own, name) = ($"BrightKitchen.{project}.", OuterOf(type));
        if (!name.StartsWith(own, StringComparison.Ordinal))
            return null;
        var below = name[own.Length..];
        return below.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? below[..dot] : "";
    }

    // Closures and the state machines of asynchronous methods are nested types: they count for the type that they are of.
    private static string OuterOf(IType type) => type.FullName.Split('+', '/', '`', '<')[0];
}
