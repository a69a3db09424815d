using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Seeding;

/// <summary>
/// Demo accounts, one per role, in a demo city with one school. Created only if <c>Demo:Password</c> is set, which the demo generates
/// randomly for each installation.
/// </summary>
internal static class DemoPeople
{
    public const string SiteName = "第一小学食堂";
    public const string CityName = "示范市";
    public const string DistrictName = "东城区";
    public const string TownshipName = "河畔镇";

    /// <summary>Demo staff with their PINs for the kiosk.</summary>
    private static readonly (string Name, string Job, string Pin, int CertificateDays)[] Cooks =
    [
        ("王秀英", "厨师长", "246810", 300),
        ("李建国", "面点", "135790", 20),
        ("包玉兰", "帮厨", "112358", 120),
    ];

    /// <summary>The canteen's daily public records.</summary>
    private static readonly (string Kind, string Field, string Value)[] Lunch =
    [
        (RecordKinds.Menu, "dishes", "番茄炒鸡蛋、清炒西兰花、冬瓜排骨汤、米饭"),
        (RecordKinds.Companion, "who", "校长"),
    ];

    /// <summary>Accounts: officials are granted the city, the others their school.</summary>
    private static readonly (string Name, string DisplayName, string Role, bool City)[] People =
    [
        ("admin", "安装员", Roles.Administrator, true),
        ("inspector", "检查员", Roles.Inspector, true),
        ("regulator", "监管员", Roles.Regulator, true),
        ("principal", "校长", Roles.Principal, false),
        ("manager", "食堂管理员", Roles.Manager, false),
        ("parent", "家长", Roles.Parent, false),
    ];

    /// <returns>Why the password is not accepted; null if all accounts exist.</returns>
    public static async Task<string?> SeedAsync(IServiceProvider services, string password)
    {
        var (db, tree) = (services.GetRequiredService<CentralDb>(), services.GetRequiredService<RegionTree>());
        var users = services.GetRequiredService<UserManager<Person>>();
        var roles = services.GetRequiredService<RoleManager<IdentityRole>>();
        var city = await db.Regions.FirstOrDefaultAsync(r => r.Name == CityName) ?? await tree.AddRegionAsync(CityName, null);
        var district = await db.Regions.FirstOrDefaultAsync(r => r.Name == DistrictName) ?? await tree.AddRegionAsync(DistrictName, city);
        var township = await db.Regions.FirstOrDefaultAsync(r => r.Name == TownshipName)
            ?? await tree.AddRegionAsync(TownshipName, district);
        var site = await db.Sites.FirstOrDefaultAsync(s => s.Name == SiteName)
            ?? await tree.AddSiteAsync(SiteName, SiteKinds.SchoolCanteen, township);
        // A demo that was created before regions were introduced.
        if (site.RegionId is null)
        {
            (site.RegionId, site.RegionPath) = (township.Id, township.Path);
            await db.SaveChangesAsync();
        }

        foreach (var role in Roles.All)
        {
            if (!await roles.RoleExistsAsync(role))
                await roles.CreateAsync(new(role));
        }

        if (!await db.Staff.AnyAsync(s => s.SiteId == site.Id))
        {
            var today = DateOnly.FromDateTime(services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime);
            foreach (var (name, job, pin, days) in Cooks)
                db.Staff.Add(
                    new StaffMember
                    {
                        Id = Guid.NewGuid().ToString("N"),
                        SiteId = site.Id,
                        Name = name,
                        Job = job,
                        CertificateUntil = today.AddDays(days),
                        TrainedOn = today.AddDays(-40),
                        PinHash = KioskKeys.PinHash(site.Id, pin),
                    }
                );
            await db.SaveChangesAsync();
        }

        foreach (var (name, displayName, role, wholeCity) in People)
        {
            if (await users.FindByNameAsync(name) is not null)
                continue;
            var person = new Person { UserName = name, DisplayName = displayName };
            var made = await users.CreateAsync(person, password);
            if (!made.Succeeded)
                return $"The demo account '{name}' cannot be created with the password in 'Demo:Password': "
                    + $"{string.Join(" ", made.Errors.Select(e => e.Description))}";
            await users.AddToRoleAsync(person, role);
            if (wholeCity)
                await tree.GrantAsync(person.Id, city);
            else
                await tree.GrantAsync(person.Id, site);
        }

        await AddLunchAsync(services, site);
        return null;
    }

    private static async Task AddLunchAsync(IServiceProvider services, Site site)
    {
        var (db, records, time) = (
            services.GetRequiredService<CentralDb>(),
            services.GetRequiredService<RecordService>(),
            services.GetRequiredService<TimeProvider>()
        );
        var today = RecordService.Today(site, time);
        var manager = await services.GetRequiredService<UserManager<Person>>().FindByNameAsync("manager");
        foreach (var (kind, field, value) in Lunch)
        {
            if (await db.Records.AnyAsync(r => r.SiteId == site.Id && r.Kind == kind && r.Day == today))
                continue;
            await services
                .GetRequiredService<AuditLog>()
                .RecordAsync(
                    async () =>
                    {
                        var (_, record) = await records.AddAsync(
                            site,
                            new(null, kind, new Dictionary<string, string> { ["meal"] = "lunch", [field] = value }),
                            new(manager!.Id, manager.DisplayName, r => r == Roles.Manager),
                            time.GetUtcNow(),
                            CancellationToken.None
                        );
                        return new(manager.Id, AuditActions.Record, site.Id, $"record/{record!.Id}", kind);
                    },
                    CancellationToken.None
                );
        }
    }
}
