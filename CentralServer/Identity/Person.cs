using System.ComponentModel.DataAnnotations.Schema;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>Somebody who signs in.</summary>
public sealed class Person : IdentityUser
{
    /// <summary>
    /// What others see; any text, see <see cref="Identity.DisplayName"/>. The sign-in name is <see cref="IdentityUser{TKey}.UserName"/>.
    /// </summary>
    public string DisplayName { get; set; } = "";

    /// <summary>What pages show: the sign-in name where there is no display name.</summary>
    [NotMapped]
    public string Shown => DisplayName.Length > 0 ? DisplayName : UserName ?? "";
}

/// <summary>The roles; what each may do is said by <see cref="Access"/> and the policies of the endpoints.</summary>
public static class Roles
{
    public const string Administrator = "administrator";
    public const string Inspector = "inspector";
    public const string Regulator = "regulator";
    public const string Principal = "principal";
    public const string Manager = "manager";
    public const string Parent = "parent";

    public static IReadOnlyList<string> All { get; } = [Administrator, Inspector, Regulator, Principal, Manager, Parent];
}

/// <summary>Policies that name what is done; the roles behind them are here alone.</summary>
internal static class Access
{
    /// <summary>What is public about one's own sites.</summary>
    public const string Read = "read";

    /// <summary>Clear pictures and everything about findings.</summary>
    public const string Clear = "clear";

    /// <summary>Regions, people, boxes.</summary>
    public const string Administer = "administer";

    /// <summary>Decides about findings and cases.</summary>
    public const string Decide = "decide";

    /// <summary>Sees cases and the audit log.</summary>
    public const string Oversee = "oversee";

    /// <summary>Draws who is inspected by whom.</summary>
    public const string Regulate = "regulate";

    /// <summary>Keeps a kitchen's records and its list of staff.</summary>
    public const string Keep = "keep";

    /// <summary>Decides who gets the address of a site's public page.</summary>
    public const string Publish = "publish";

    /// <summary>Gives feedback.</summary>
    public const string GiveFeedback = "give-feedback";

    public static IReadOnlyDictionary<string, IReadOnlyList<string>> RolesOf { get; } =
        new Dictionary<string, IReadOnlyList<string>>
        {
            [Read] = Roles.All,
            [Clear] = [Roles.Administrator, Roles.Inspector, Roles.Regulator, Roles.Principal, Roles.Manager],
            [Administer] = [Roles.Administrator],
            [Decide] = [Roles.Inspector],
            [Oversee] = [Roles.Inspector, Roles.Regulator],
            [Regulate] = [Roles.Regulator],
            [Keep] = [Roles.Principal, Roles.Manager],
            [Publish] = [Roles.Administrator, Roles.Principal, Roles.Manager],
            [GiveFeedback] = [Roles.Parent],
        };
}
