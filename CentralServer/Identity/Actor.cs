using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>The person who performs a recorded action.</summary>
internal sealed record Actor(string Id, string Name, Func<string, bool> HasRole)
{
    /// <summary>The signed-in person.</summary>
    public static async Task<Actor> OfAsync(HttpContext http, UserManager<Person> people)
    {
        var person = await people.GetUserAsync(http.User) ?? throw new InvalidOperationException("The signed-in user has no account.");
        return new(person.Id, person.Shown, http.User.IsInRole);
    }
}
