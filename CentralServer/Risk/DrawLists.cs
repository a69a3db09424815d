using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>The lists of a draw, and the ids behind their pseudonyms.</summary>
/// <param name="Input">The lists, with pseudonyms that were generated for this draw and grant access to nothing.</param>
/// <param name="Names">The id of the site or person behind each pseudonym; never published.</param>
internal sealed record DrawLists(DrawInput Input, IReadOnlyDictionary<string, string> Names)
{
    private const int IdLetters = 8;

    /// <summary>Builds the lists: the region's sites, each with its lots, and the inspectors with a grant for any of them.</summary>
    public static async Task<DrawLists> OfAsync(Region place, int count, SiteScope scope, CentralDb db, CancellationToken cancel)
    {
        var risks = db.Risks;
        var sites = await scope
            .Sites.Where(s => s.RegionPath.StartsWith(place.Path))
            .OrderBy(s => s.Id)
            .Select(s => new
            {
                s.Id,
                s.Name,
                s.RegionPath,
                Grade = risks.Where(r => r.SiteId == s.Id).Select(r => r.Grade).FirstOrDefault(),
            })
            .ToListAsync(cancel);
        var grants = await (
            from grant in db.Grants
            join user in db.UserRoles on grant.PersonId equals user.UserId
            join role in db.Roles on user.RoleId equals role.Id
            where role.Name == Roles.Inspector
            orderby grant.PersonId
            select grant
        ).ToListAsync(cancel);
        var ids = new Dictionary<string, string>();
        string IdOf(string prefix, string of)
        {
            var id = $"{prefix}-{RandomNumberGenerator.GetString("23456789abcdefghjkmnpqrstuvwxyz", IdLetters)}";
            ids.Add(id, of);
            return id;
        }

        var idOfSite = sites.ToDictionary(s => s.Id, s => IdOf("s", s.Id));
        var inspectors = grants
            .GroupBy(g => g.PersonId)
            .Select(g =>
            {
                var theirs = sites
                    .Where(s =>
                        g.Any(x =>
                            x.SiteId == s.Id || (x.RegionPath is { } path && s.RegionPath.StartsWith(path, StringComparison.Ordinal))
                        )
                    )
                    .Select(s => idOfSite[s.Id])
                    .ToList();
                return (Person: g.Key, Sites: theirs.Count == sites.Count ? null : theirs);
            })
            .Where(i => i.Sites is not { Count: 0 })
            .Select(i => new DrawInspector(IdOf("p", i.Person), i.Sites))
            .ToList();
        // Ordered by pseudonym, which reveals nothing about the real ids.
        return new(
            new(
                [
                    .. sites
                        .Select(s => new DrawSite(idOfSite[s.Id], s.Name, RiskGrades.LotsOf(s.Grade ?? "A")))
                        .OrderBy(s => s.Id, StringComparer.Ordinal),
                ],
                [.. inspectors.OrderBy(i => i.Id, StringComparer.Ordinal)],
                count
            ),
            ids
        );
    }
}

/// <summary>
/// Commitment and seed of a draw. All text is UTF-8, LF is a line feed, and hashes are written in lower-case hexadecimal digits.
/// </summary>
public static class DrawSeal
{
    private const int SeedBytes = 32;

    /// <summary>Generates a random seed of 32 bytes.</summary>
    public static string NewSeed() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SeedBytes));

    /// <summary><c>SHA-256(seed LF lists)</c>, published when the draw begins: neither can be replaced afterwards.</summary>
    /// <param name="lists">The JSON text of the lists, as it is published.</param>
    public static string CommitmentOf(string seed, string lists) => Hash($"{seed}\n{lists}");

    /// <summary>
    /// The seed that the rule draws with: the seed itself, or, if a public number was named, <c>SHA-256(seed LF number)</c>, which no one
    /// could know when the seed was generated.
    /// </summary>
    public static string EffectiveSeed(string seed, string? number) => string.IsNullOrEmpty(number) ? seed : Hash($"{seed}\n{number}");

    /// <summary>The lists as the JSON text that is committed and published.</summary>
    public static string TextOf(DrawInput input) => JsonSerializer.Serialize(input, PublishedDraw.Json);

    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
