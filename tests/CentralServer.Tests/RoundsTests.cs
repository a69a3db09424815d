using System.Reflection;
using BrightKitchen.Fixtures;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What the round on PostgreSQL leaves out touches no database.</summary>
[AnyDatabase("the tests themselves")]
public sealed class RoundsTests
{
    private static readonly string[] Touching = ["WithDbAsync(", "NewDatabaseAsync(", "DatabaseArguments(", "DbContext"];

    public static TheoryData<Type> LeftOut =>
        [
            .. typeof(RoundsTests)
                .Assembly.GetTypes()
                .Where(t => t.GetCustomAttribute<AnyDatabaseAttribute>() is not null && t != typeof(RoundsTests)),
        ];

    [Theory]
    [MemberData(nameof(LeftOut))]
    public void A_class_that_is_left_out_of_the_round_on_PostgreSQL_says_why_and_touches_no_database(Type type)
    {
        type.GetCustomAttribute<AnyDatabaseAttribute>()!.Why.ShouldNotBeNullOrWhiteSpace();
        var source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "CentralServer.Tests", type.Name + ".cs"));
        Touching.Where(t => source.Contains(t, StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
