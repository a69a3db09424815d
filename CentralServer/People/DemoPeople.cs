using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>One person a role and one school; only where <c>Demo:Password</c> is set, which the demo draws anew for each installation.</summary>
internal static class DemoPeople
{
    public const string SiteName = "第一小学食堂";

    private static readonly (string Name, string DisplayName, string Role)[] People =
    [
        ("admin", "安装员", Roles.Administrator), ("inspector", "检查员", Roles.Inspector), ("principal", "校长", Roles.Principal),
    ];

    public static async Task SeedAsync(IServiceProvider services, string password)
    {
        var db = services.GetRequiredService<CentralDb>();
        var users = services.GetRequiredService<UserManager<Person>>();
        var roles = services.GetRequiredService<RoleManager<IdentityRole>>();
        var site = await db.Sites.FirstOrDefaultAsync(s => s.Name == SiteName);
        if (site is null)
            db.Sites.Add(site = new Site { Id = Guid.CreateVersion7().ToString("N"), Name = SiteName });
        await db.SaveChangesAsync();
        foreach (var (name, displayName, role) in People)
        {
            if (!await roles.RoleExistsAsync(role))
                await roles.CreateAsync(new(role));
            if (await users.FindByNameAsync(name) is not null)
                continue;
            var person = new Person { UserName = name, DisplayName = displayName };
            var made = await users.CreateAsync(person, password);
            if (!made.Succeeded)
                throw new InvalidOperationException($"The demo's person '{name}' cannot be made: {string.Join(" ", made.Errors.Select(e => e.Description))}");
            await users.AddToRoleAsync(person, role);
            db.Grants.Add(new Grant { PersonId = person.Id, SiteId = site.Id });
            await db.SaveChangesAsync();
        }
    }
}
