using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Risk;

/// <param name="Lots">Number of lots of the site, at least 1: a higher risk gives more lots.</param>
public sealed record DrawSite(string Id, string Name, int Lots);

/// <param name="Sites">The sites that the inspector may be sent to; null for all sites of the draw.</param>
public sealed record DrawInspector(string Id, IReadOnlyList<string>? Sites = null);

/// <summary>Input of a draw; published, so that anyone can reproduce it.</summary>
/// <param name="Count">Number of sites to draw.</param>
/// <param name="Each">Number of inspectors per site.</param>
public sealed record DrawInput(IReadOnlyList<DrawSite> Sites, IReadOnlyList<DrawInspector> Inspectors, int Count, int Each = 2);

/// <summary>A site to inspect, and its inspectors.</summary>
public sealed record DrawnSite(string Site, IReadOnlyList<string> Inspectors);

/// <summary>
/// The double random draw (双随机). Every lot of a site is <c>SHA-256(seed LF site LF lot)</c>, with lots numbered from 1. A site's number is
/// the smallest of its lots, and the sites with the smallest numbers are drawn. In the order drawn, each site gets those of its inspectors
/// who have the fewest sites so far, and among these the ones with the smallest <c>SHA-256(seed LF site LF inspector)</c>. Hashes are
/// compared as bytes. There is no other input, so that seed and lists give the same draw anywhere.
/// </summary>
public static class DrawRule
{
    public static IReadOnlyList<DrawnSite> Draw(string seed, DrawInput input)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(input);
        var drawn = input
            .Sites.DistinctBy(s => s.Id)
            .OrderBy(
                s => Enumerable.Range(1, Math.Max(s.Lots, 1)).Select(lot => HashOf(seed, s.Id, $"{lot}")).Min(StringComparer.Ordinal),
                StringComparer.Ordinal
            )
            .Take(input.Count);
        var loads = input.Inspectors.DistinctBy(i => i.Id).ToDictionary(i => i.Id, _ => 0);
        var result = new List<DrawnSite>();
        foreach (var site in drawn)
        {
            var sent = input
                .Inspectors.DistinctBy(i => i.Id)
                .Where(i => i.Sites is null || i.Sites.Contains(site.Id))
                .OrderBy(i => loads[i.Id])
                .ThenBy(i => HashOf(seed, site.Id, i.Id), StringComparer.Ordinal)
                .Take(input.Each)
                .Select(i => i.Id)
                .ToList();
            foreach (var inspector in sent)
                loads[inspector]++;
            result.Add(new(site.Id, sent));
        }

        return result;
    }

    private static string HashOf(string seed, string site, string last) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{site}\n{last}")));
}
