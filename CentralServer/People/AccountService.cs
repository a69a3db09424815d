using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>Reasons for which an account is not created.</summary>
internal static class AccountFaults
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
internal sealed class AccountService(CentralDb db, UserManager<Person> people)
{
    /// <param name="displayName">Defaults to the sign-in name if empty.</param>
    /// <returns>The person; or null and the reason, one of <see cref="AccountFaults"/>.</returns>
    public async Task<(Person? Person, string? Fault)> CreateAsync(string? name, string? displayName, string? password)
    {
        if (SignInName.Of(name) is not { } signInName)
            return (null, AccountFaults.Invalid);
        if (DisplayName.Of(string.IsNullOrWhiteSpace(displayName) ? signInName : displayName) is not { } shown)
            return (null, AccountFaults.Display);
        var person = new Person { UserName = signInName, DisplayName = shown };
        try
        {
            var created = await people.CreateAsync(person, password ?? "");
            return created.Succeeded ? (person, null) : (null, FaultOf([.. created.Errors.Select(e => e.Code)]));
        }
        catch (DbUpdateException)
        {
            // A concurrent request created an account of the same name: the index on names is unique.
            db.ChangeTracker.Clear();
            return (null, AccountFaults.Taken);
        }
    }

    private static string FaultOf(IReadOnlyList<string> codes) =>
        codes.Contains(nameof(IdentityErrorDescriber.DuplicateUserName)) ? AccountFaults.Taken
        : codes.Contains(PasswordRules.Weak) ? AccountFaults.Weak
        : codes.Any(c => c.StartsWith("Password", StringComparison.Ordinal)) ? AccountFaults.Password
        : AccountFaults.Invalid;
}
