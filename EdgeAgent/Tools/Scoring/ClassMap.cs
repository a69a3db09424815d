using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools.Scoring;

/// <summary>
/// Maps a data set's classes to a model's: as given by <c>--map</c> (<c>with_mask=masked,…</c>), otherwise by equal names and, without
/// <c>--map</c>, by the manifest's aliases.
/// </summary>
internal sealed class ClassMap
{
    private readonly Dictionary<string, string> map = [];

    /// <exception cref="ToolException">
    /// No class of the data set maps to the model, or the map names a class that the model lacks.
    /// </exception>
    public ClassMap(string? mapping, ModelManifest manifest, IReadOnlyList<string> classes)
    {
        foreach (var pair in (mapping ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=') is not [var from, var to] || !manifest.Classes.Contains(to.Trim()))
                throw new ToolException(
                    $"'{pair}' in --map must be theirs=ours; model '{manifest.Name}' has {string.Join(", ", manifest.Classes)}."
                );
            map[from.Trim()] = to.Trim();
        }

        foreach (var theirs in classes.Where(c => !map.ContainsKey(c)))
        {
            var plain = Plain(theirs);
            if (manifest.Classes.FirstOrDefault(c => Plain(c) == plain) is { } same)
                map[theirs] = same;
            else if (mapping is null && manifest.Aliases.FirstOrDefault(a => Plain(a.Key) == plain).Value is { } alias)
                map[theirs] = alias;
        }

        Left = [.. classes.Where(c => !map.ContainsKey(c))];
        if (Left.Count == classes.Count)
            throw new ToolException(
                $"the classes here ({string.Join(", ", classes)}) are unknown to model '{manifest.Name}' "
                    + $"({string.Join(", ", manifest.Classes)}); map them with --map theirs=ours,…"
            );
    }

    /// <summary>The data set's classes that are left out.</summary>
    public IReadOnlyList<string> Left { get; }

    /// <summary>The model's class for a class of the data set; null when it is left out.</summary>
    public string? Of(string theirs) => map.GetValueOrDefault(theirs);

    private static string Plain(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
