using System.Runtime.CompilerServices;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// Enrolment codes by the server's own code over its database: a process of its own for each takes 3 s, and most tests need one.
/// </summary>
internal static class InProcessCodes
{
    private const string Postgres = "--ConnectionStrings:Postgres";

    // One at a time: two tests may name the same new site.
    private static readonly SemaphoreSlim Turn = new(1, 1);

    [ModuleInitializer]
    internal static void Use() => CentralServerProcess.Codes = IssueAsync;

    private static async Task<string> IssueAsync(CentralServerProcess server, bool kiosk, string? site, CancellationToken cancel)
    {
        await Turn.WaitAsync(cancel);
        try
        {
            await using var db = Open(server);
            var name = site ?? DemoPeople.SiteName;
            var found = await db.Sites.FirstOrDefaultAsync(s => s.Name == name, cancel)
                ?? await new RegionTree(db).AddSiteAsync(name, SiteKinds.SchoolCanteen, null, cancel);
            return await new Enrolment(db, TimeProvider.System, NullLogger<Enrolment>.Instance).IssueAsync(
                found.Id,
                kiosk ? EnrolmentCode.Kiosk : EnrolmentCode.Box,
                cancel
            );
        }
        finally
        {
            Turn.Release();
        }
    }

    internal static CentralDb Open(CentralServerProcess server)
    {
        var at = server.Arguments.ToList().IndexOf(Postgres);
        return at >= 0
            ? new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(server.Arguments[at + 1]).Options)
            : new CentralDb(
                new DbContextOptionsBuilder<CentralDb>().UseSqlite($"Data Source={Path.Combine(server.Data, "central.db")}").Options
            );
    }
}
