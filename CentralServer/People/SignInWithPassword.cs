using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.People;

/// <summary>Checks a name and a password, limited by <see cref="SignInThrottle"/> and recorded by <see cref="SignInJournal"/>.</summary>
internal sealed class SignInWithPassword(
    UserManager<Person> people,
    SignInManager<Person> signIn,
    IPasswordHasher<Person> hasher,
    SignInThrottle throttle,
    KnownDevice devices,
    SignInJournal journal
)
{
    public const string Wrong = "wrong";
    public const string Locked = "locked";
    public const string NeedsCode = "code";
    private const int LongestName = 256;
    private const int LongestPassword = PasswordRules.Longest;

    /// <returns>Null if signed in; <see cref="NeedsCode"/> if the second factor is next; otherwise the reason, <see cref="Wrong"/> or
    /// <see cref="Locked"/>.</returns>
    public async Task<string?> TryAsync(HttpContext http, string? name, string? password, CancellationToken cancel)
    {
        var typed = people.NormalizeName(name ?? "");
        if (typed.Length is 0 or > LongestName || password is not { Length: > 0 and <= LongestPassword })
            return Wrong;
        var person = await people.FindByNameAsync(typed);
        var (account, address) = (person?.Id ?? typed, Caller.AddressOf(http));
        var device = person is null ? null : devices.Of(http, person.Id);
        if (!throttle.IsOpen(account, address, device))
            return Locked;
        var result = SignInResult.Failed;
        if (person is not null)
            result = await signIn.PasswordSignInAsync(person, password, isPersistent: false, lockoutOnFailure: false);
        else
            // Takes as long as for an existing name, so that response times do not reveal which names exist.
            _ = hasher.HashPassword(new(), password);
        if (result.IsLockedOut)
            return Locked;
        if (!result.Succeeded && !result.RequiresTwoFactor)
        {
            throttle.Failed(account, address, device);
            journal.Count(
                person is null ? null
                    : await IsParentAsync(person) ? SignInJournal.Others
                    : person.Id,
                address
            );
            return throttle.IsOpen(account, address, device) ? Wrong : Locked;
        }

        throttle.Succeeded(account, address, device);
        devices.Mark(http, person!.Id);
        if (result.RequiresTwoFactor)
            return NeedsCode;
        if (!await IsParentAsync(person))
            await journal.SucceededAsync(person, address, secondFactor: false, cancel);
        return null;
    }

    // Parents' reports are recorded without their author: a sign-in entry one minute before would identify them.
    private Task<bool> IsParentAsync(Person person) => people.IsInRoleAsync(person, Roles.Parent);
}
