using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.People;

/// <summary>Somebody who signs in.</summary>
public sealed class Person : IdentityUser
{
    public string DisplayName { get; set; } = "";
}

/// <summary>The roles; what each may do is said by the policies of the endpoints.</summary>
public static class Roles
{
    public const string Administrator = "administrator";
    public const string Inspector = "inspector";
    public const string Principal = "principal";
}
