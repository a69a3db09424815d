using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>An invitation code with which parents register for a site; only its hash is stored.</summary>
public sealed class Invitation
{
    public required string Hash { get; init; }

    public required string SiteId { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public int UsesLeft { get; set; }
}

/// <summary>Issues invitation codes for a site and registers the parents who use them.</summary>
internal sealed class Invitations(
    CentralDb db,
    SiteScope scope,
    AccountService accounts,
    UserManager<Person> people,
    RegionTree tree,
    AuditLog audit,
    TimeProvider time
)
{
    public const int MostUses = 2000;
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    /// <returns>The code, which is shown once; null if the site is outside the caller's scope.</returns>
    public async Task<string?> IssueAsync(string siteId, string personId, CancellationToken cancel)
    {
        var code = SpokenCode.New(2, 5);
        var done = await audit.RecordAsync(
            async () =>
            {
                if (!await scope.Sites.AnyAsync(s => s.Id == siteId, cancel))
                    return null;
                db.Invitations.Add(
                    new Invitation
                    {
                        Hash = SpokenCode.HashOf(code),
                        SiteId = siteId,
                        ExpiresAt = time.GetUtcNow() + Life,
                        UsesLeft = MostUses,
                    }
                );
                return new AuditNote(personId, AuditActions.Grant, siteId, $"site/{siteId}", "invitation for parents");
            },
            cancel
        );
        return done ? code : null;
    }

    /// <summary>The site of a valid invitation code; null if the code is unknown, expired or used up.</summary>
    public async Task<Site?> SiteOfAsync(string? code, CancellationToken cancel)
    {
        var (hash, now) = (SpokenCode.HashOf(code ?? ""), time.GetUtcNow());
        return await db
            .Invitations.Where(i => i.Hash == hash && i.ExpiresAt > now && i.UsesLeft > 0)
            .Join(db.Sites, i => i.SiteId, s => s.Id, (_, s) => s)
            .SingleOrDefaultAsync(cancel);
    }

    /// <returns>The new parent; or null and the reason: <c>code</c>, or one of <see cref="AccountFaults"/>.</returns>
    public async Task<(Person? Person, string? Fault)> JoinAsync(
        string? code,
        string? name,
        string? displayName,
        string? password,
        CancellationToken cancel
    )
    {
        if (await SiteOfAsync(code, cancel) is not { } site)
            return (null, "code");
        // Decremented by a conditional update in the database, so that concurrent requests cannot exceed the code's number of uses.
        var hash = SpokenCode.HashOf(code!);
        if (
            await db
                .Invitations.Where(i => i.Hash == hash && i.UsesLeft > 0)
                .ExecuteUpdateAsync(i => i.SetProperty(x => x.UsesLeft, x => x.UsesLeft - 1), cancel) == 0
        )
            return (null, "code");
        var (person, fault) = await accounts.CreateAsync(name, displayName, password);
        if (person is null)
        {
            await db
                .Invitations.Where(i => i.Hash == hash)
                .ExecuteUpdateAsync(i => i.SetProperty(x => x.UsesLeft, x => x.UsesLeft + 1), cancel);
            return (null, fault);
        }

        await people.AddToRoleAsync(person, Roles.Parent);
        await tree.GrantAsync(person.Id, site, cancel);
        await audit.WriteAsync([new("", AuditActions.Grant, site.Id, $"site/{site.Id}", "a parent joined")], cancel);
        return (person, null);
    }
}
