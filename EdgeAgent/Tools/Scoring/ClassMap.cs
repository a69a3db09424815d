using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools.Scoring;

/// <summary>
/// What a data set's classes are to a model: as told (<c>with_mask=masked,…</c>), else by the model's own names and the manifest's aliases.
/// </summary>
internal sealed class ClassMap
{
    private readonly Dictionary<string, string> map = [];

    /// <exception cref="ToolException">Nothing of the data set means anything to the model, or the map names a class that it
    /// lacks.</exception>
    public ClassMap(string? told, ModelManifest manifest, IReadOnlyList<string> classes)
    {
        foreach (var pair in (told ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
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
            else if (told is null && manifest.Aliases.FirstOrDefault(a => Plain(a.Key) == plain).Value is { } alias)
                map[theirs] = alias;
        }

        Left = [.. classes.Where(c => !map.ContainsKey(c))];
        if (Left.Count == classes.Count)
            throw new ToolException(
                $"the classes here ({string.Join(", ", classes)}) mean nothing to model '{manifest.Name}' "
                    + $"({string.Join(", ", manifest.Classes)}); tell with --map theirs=ours,…"
            );
    }

    /// <summary>The classes that are left out.</summary>
    public IReadOnlyList<string> Left { get; }

    /// <summary>Ours for theirs; null where it is left out.</summary>
    public string? Of(string theirs) => map.GetValueOrDefault(theirs);

    private static string Plain(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
