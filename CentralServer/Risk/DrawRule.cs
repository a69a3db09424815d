using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Risk;

/// <param name="Lots">How many lots it has: more risk, more lots.</param>
public sealed record DrawSite(string Id, string Name, int Lots);

/// <param name="Sites">The sites that the inspector may be sent to; null for all of the draw.</param>
public sealed record DrawInspector(string Id, IReadOnlyList<string>? Sites = null);

/// <summary>What a draw is made from; published, so that anybody can make it again.</summary>
/// <param name="Count">How many sites are drawn.</param>
/// <param name="Each">How many inspectors go to each.</param>
public sealed record DrawInput(IReadOnlyList<DrawSite> Sites, IReadOnlyList<DrawInspector> Inspectors, int Count, int Each = 2);

/// <summary>A site that is to be inspected, and by whom.</summary>
public sealed record DrawnSite(string Site, IReadOnlyList<string> Inspectors);

/// <summary>
/// The double random draw (双随机). Every lot of a site is <c>SHA-256(seed LF site LF lot)</c>, lots from 1; a site's number is the least of
/// its lots, and the sites with
/// the least numbers are drawn. To each go, in the order drawn, those of its inspectors who have the fewest sites so far, and among them
/// those with the least
/// <c>SHA-256(seed LF site LF inspector)</c>. Hashes are compared as bytes. Nothing else comes in, so that seed and lists give the same
/// draw anywhere.
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
