using Xunit.v3;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// On a test class whose outcome does not depend on the database that the server runs on: <c>./run test</c> leaves it out of the round on
/// PostgreSQL.
/// </summary>
/// <param name="why">What the class is about instead.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AnyDatabaseAttribute(string why) : Attribute, ITraitAttribute
{
    public const string Trait = "database";
    public const string Any = "any";

    public string Why => why;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Trait, Any)];
}
