using System.ComponentModel.DataAnnotations.Schema;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>A user account.</summary>
public sealed class Person : IdentityUser
{
    /// <summary>
    /// The name that others see; any text, see <see cref="Identity.DisplayName"/>. The sign-in name is
    /// <see cref="IdentityUser{TKey}.UserName"/>.
    /// </summary>
    public string DisplayName { get; set; } = "";

    /// <summary>The name that pages show: the display name, or the sign-in name if there is none.</summary>
    [NotMapped]
    public string Shown => DisplayName.Length > 0 ? DisplayName : UserName ?? "";
}

/// <summary>The roles; <see cref="Access"/> and the endpoints' policies define what each may do.</summary>
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

/// <summary>Authorization policies, named after what they permit; only this class maps them to roles.</summary>
internal static class Access
{
    /// <summary>View the public data of one's own sites.</summary>
    public const string Read = "read";

    /// <summary>View unblurred pictures and all data of findings.</summary>
    public const string Clear = "clear";

    /// <summary>Manage regions, people and devices.</summary>
    public const string Administer = "administer";

    /// <summary>Decide on findings and place their evidence under legal hold.</summary>
    public const string Decide = "decide";

    /// <summary>View the audit log and the city's figures, answer cases and export evidence packages.</summary>
    public const string Oversee = "oversee";

    /// <summary>Draw inspection assignments.</summary>
    public const string Regulate = "regulate";

    /// <summary>Maintain a kitchen's records and its list of staff.</summary>
    public const string Keep = "keep";

    /// <summary>Replace the URL of a site's public page.</summary>
    public const string Publish = "publish";

    /// <summary>Submit feedback.</summary>
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
