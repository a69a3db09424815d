using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;

namespace BrightKitchen.EdgeAgent.Findings;

/// <summary>The rule evaluators of all cameras under the current settings; an unchanged rule keeps its state. Not thread-safe.</summary>
internal sealed class RuleBook(AgentClock? clock = null)
{
    private readonly Dictionary<string, RuleEvaluator> watches = [];
    private long applied = -1;

    public IReadOnlyDictionary<CameraId, IReadOnlyList<RuleEvaluator>> All { get; private set; } =
        new Dictionary<CameraId, IReadOnlyList<RuleEvaluator>>();

    public IReadOnlyList<RuleEvaluator> Of(CameraId camera) => All.GetValueOrDefault(camera, []);

    /// <summary>Applies new settings.</summary>
    /// <returns>Findings that are open under removed rules.</returns>
    public IReadOnlyList<Violation> Apply(SiteSettings settings)
    {
        if (settings.Version == applied)
            return [];
        applied = settings.Version;
        var wanted = settings.Rules.DistinctBy(r => Key(r, settings)).ToDictionary(r => Key(r, settings));
        var over = new List<Violation>();
        foreach (var key in watches.Keys.Except(wanted.Keys).ToList())
        {
            watches.Remove(key, out var watch);
            over.AddRange(watch!.Open);
        }

        foreach (var (key, rule) in wanted)
        {
            if (!watches.ContainsKey(key))
                watches[key] = new(rule, settings.Zone, clock);
        }

        All = watches
            .Values.GroupBy(w => CameraId.Parse(w.Options.Camera, null))
            .ToDictionary(g => g.Key, g => (IReadOnlyList<RuleEvaluator>)[.. g]);
        return over;
    }

    private static string Key(RuleOptions rule, SiteSettings settings) => settings.TimeZone + JsonSerializer.Serialize(rule);
}
