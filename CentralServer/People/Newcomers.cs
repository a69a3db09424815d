using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>Why a person was not made.</summary>
internal static class NewcomerFaults
{
    /// <summary>No sign-in name by <see cref="SignInName"/>.</summary>
    public const string Invalid = "name-invalid";

    /// <summary>Another person's sign-in name.</summary>
    public const string Taken = "name-taken";

    /// <summary>Too long, or nothing to show.</summary>
    public const string Display = "display";

    /// <summary>Too short.</summary>
    public const string Password = "password";

    /// <summary>Long enough, and easily guessed.</summary>
    public const string Weak = "password-weak";

    public static IReadOnlyList<string> All { get; } = [Invalid, Taken, Display, Password, Weak];
}

/// <summary>Makes people, for administrators' forms and for parents who join.</summary>
internal sealed class Newcomers(CentralDb db, UserManager<Person> people)
{
    /// <param name="displayName">The sign-in name where it is empty.</param>
    /// <returns>The person; or why there is none, one of <see cref="NewcomerFaults"/>.</returns>
    public async Task<(Person? Person, string? Fault)> MakeAsync(string? name, string? displayName, string? password)
    {
        if (SignInName.Of(name) is not { } signInName)
            return (null, NewcomerFaults.Invalid);
        if (DisplayName.Of(string.IsNullOrWhiteSpace(displayName) ? signInName : displayName) is not { } shown)
            return (null, NewcomerFaults.Display);
        var person = new Person { UserName = signInName, DisplayName = shown };
        try
        {
            var made = await people.CreateAsync(person, password ?? "");
            return made.Succeeded ? (person, null) : (null, FaultOf([.. made.Errors.Select(e => e.Code)]));
        }
        catch (DbUpdateException)
        {
            // Another request made one of the same name in the same moment: the index of names is unique.
            db.ChangeTracker.Clear();
            return (null, NewcomerFaults.Taken);
        }
    }

    private static string FaultOf(IReadOnlyList<string> codes) =>
        codes.Contains(nameof(IdentityErrorDescriber.DuplicateUserName)) ? NewcomerFaults.Taken
        : codes.Contains(PasswordRules.Weak) ? NewcomerFaults.Weak
        : codes.Any(c => c.StartsWith("Password", StringComparison.Ordinal)) ? NewcomerFaults.Password
        : NewcomerFaults.Invalid;
}
