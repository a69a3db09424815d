using System.Security.Cryptography;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// <c>CentralServer begin --city NAME --admin NAME</c>: creates the city and its first administrator, and prints the generated password
/// once.
/// </summary>
internal static class FirstAdministrator
{
    public static async Task<int> MakeAsync(IServiceProvider services, string cityName, string name)
    {
        var (db, tree, users) = (
            services.GetRequiredService<CentralDb>(),
            services.GetRequiredService<RegionTree>(),
            services.GetRequiredService<UserManager<Person>>()
        );
        var roles = services.GetRequiredService<RoleManager<IdentityRole>>();
        foreach (var role in Roles.All)
        {
            if (!await roles.RoleExistsAsync(role))
                await roles.CreateAsync(new(role));
        }

        if (await users.FindByNameAsync(name) is not null)
        {
            await Console.Error.WriteLineAsync($"'{name}' already exists; choose another name.");
            return 1;
        }

        var city = await db.Regions.FirstOrDefaultAsync(r => r.Name == cityName && r.ParentId == null)
            ?? await tree.AddRegionAsync(cityName, null);
        if (SignInName.Of(name) is not { } signInName)
        {
            await Console.Error.WriteLineAsync(
                $"'{name}' is not a sign-in name: use {SignInName.Shortest} to {SignInName.Longest} letters or digits; "
                    + "inner spaces and . - _ @ + ' are allowed."
            );
            return 1;
        }

        var person = new Person { UserName = signInName, DisplayName = DisplayName.Of(name) ?? signInName };
        var password = Draw();
        while (PasswordRules.IsEasilyGuessed(password, signInName))
            password = Draw();
        var made = await users.CreateAsync(person, password);
        if (!made.Succeeded)
        {
            await Console.Error.WriteLineAsync(string.Join(" ", made.Errors.Select(e => e.Description)));
            return 1;
        }

        await users.AddToRoleAsync(person, Roles.Administrator);
        await tree.GrantAsync(person.Id, city);
        Console.WriteLine(password);
        return 0;
    }

    private static string Draw() => RandomNumberGenerator.GetString("23456789abcdefghjkmnpqrstuvwxyz", 16);
}
