using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>Reasons for which an account is not created.</summary>
internal static class NewcomerFaults
{
    /// <summary>Not a valid sign-in name, see <see cref="SignInName"/>.</summary>
    public const string Invalid = "name-invalid";

    /// <summary>The sign-in name is in use.</summary>
    public const string Taken = "name-taken";

    /// <summary>The display name is too long or has no visible character.</summary>
    public const string Display = "display";

    /// <summary>The password is too short.</summary>
    public const string Password = "password";

    /// <summary>The password is long enough but easily guessed, see <see cref="PasswordRules"/>.</summary>
    public const string Weak = "password-weak";

    public static IReadOnlyList<string> All { get; } = [Invalid, Taken, Display, Password, Weak];
}

/// <summary>Creates accounts, for administrators' forms and for parents who register.</summary>
internal sealed class Newcomers(CentralDb db, UserManager<Person> people)
{
    /// <param name="displayName">Defaults to the sign-in name if empty.</param>
    /// <returns>The person; or null and the reason, one of <see cref="NewcomerFaults"/>.</returns>
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
            // A concurrent request created an account of the same name: the index on names is unique.
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
