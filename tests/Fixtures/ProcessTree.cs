using System.Globalization;

namespace BrightKitchen.Fixtures;

/// <summary>A process and what it started, read from <c>/proc</c>.</summary>
public static class ProcessTree
{
    private const double TicksPerSecond = 100;

    /// <summary>The process and all below it.</summary>
    public static List<int> Of(int root)
    {
        var parents = Directory
            .EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(n => char.IsAsciiDigit(n![0]))
            .Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
            .Select(id => (Id: id, Fields: Fields(id)))
            .Where(p => p.Fields.Length > 0)
            .ToLookup(p => int.Parse(p.Fields[1], CultureInfo.InvariantCulture), p => p.Id);
        List<int> tree = [root];
        for (var i = 0; i < tree.Count; i++)
            tree.AddRange(parents[tree[i]]);
        return tree;
    }

    /// <summary>User and system time of the tree, with the children that have ended and were waited for.</summary>
    public static double ProcessorSeconds(int root) =>
        Of(root)
            .Select(Fields)
            .Where(f => f.Length > 0)
            .Sum(f => f[11..15].Sum(t => long.Parse(t, CultureInfo.InvariantCulture)) / TicksPerSecond);

    /// <summary>Program and arguments as any user of the machine may list them; empty where it has ended.</summary>
    public static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    // The fields of stat behind the name, which may contain anything.
    private static string[] Fields(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
