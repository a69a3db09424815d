using System.Buffers.Text;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>Issues, lists and revokes the API tokens of the signed-in person.</summary>
internal sealed class ApiTokens(CentralDb db, SiteScope scope, AuditLog audit, TimeProvider time)
{
    public const int MostDays = 366;
    public const int MostTokens = 20;
    public const int LongestName = 60;

    public IQueryable<ApiToken> Mine
    {
        get
        {
            var me = scope.Me;
            return db.ApiTokens.Where(t => t.PersonId == me);
        }
    }

    /// <returns>The token, to be shown once, or the invalid input: <c>name</c>, <c>scopes</c>, <c>days</c>, or <c>many</c> when the person
    /// has <see cref="MostTokens"/> already.</returns>
    public async Task<(string? Token, string? Fault)> MakeAsync(
        string? name,
        IReadOnlyCollection<string> scopes,
        int days,
        bool secondFactor,
        CancellationToken cancel
    )
    {
        if (name?.Trim() is not { Length: > 0 and <= LongestName } label)
            return (null, "name");
        if (scopes.Count == 0 || scopes.Any(s => !ApiScopes.All.Contains(s)))
            return (null, "scopes");
        if (days is < 1 or > MostDays)
            return (null, "days");
        var now = time.GetUtcNow();
        if (await Mine.CountAsync(t => t.RevokedAt == null && t.ExpiresAt > now, cancel) >= MostTokens)
            return (null, "many");
        var token = ApiToken.Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await audit.RecordAsync(
            () =>
            {
                var made = new ApiToken
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    PersonId = scope.Me,
                    Name = label,
                    Hash = ApiToken.HashOf(token),
                    Scopes = string.Join(' ', ApiScopes.All.Where(scopes.Contains)),
                    SecondFactor = secondFactor,
                    CreatedAt = now,
                    ExpiresAt = now.AddDays(days),
                };
                db.ApiTokens.Add(made);
                return Task.FromResult<AuditNote?>(new(scope.Me, AuditActions.Token, null, $"token/{made.Id}", $"made for {made.Scopes}"));
            },
            cancel
        );
        return (token, null);
    }

    /// <returns>False if the person has no such token.</returns>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancel)
    {
        var there = false;
        return await audit.RecordAsync(
                async () =>
                {
                    if (await Mine.SingleOrDefaultAsync(t => t.Id == id, cancel) is not { } token)
                        return null;
                    // Idempotent: revoking a revoked token succeeds and is not logged again.
                    if (token.RevokedAt is not null)
                    {
                        there = true;
                        return null;
                    }

                    token.RevokedAt = time.GetUtcNow();
                    return new AuditNote(scope.Me, AuditActions.Token, null, $"token/{id}", "revoked");
                },
                cancel
            ) || there;
    }
}
