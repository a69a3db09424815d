using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Staff;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>What is claimed of somebody before the kiosk.</summary>
public sealed class WornTests
{
    [Theory]
    [InlineData("head covered|face masked|hand gloved|hand gloved", true, true, true)]
    [InlineData("head bare|face masked|hand gloved", false, true, true)]
    [InlineData("head covered|face below-nose|hand gloved", true, false, true)]
    [InlineData("head covered|face masked|hand gloved|hand bare", true, true, false)]
    [InlineData("head|face|hand", null, null, null)]
    [InlineData("person", null, null, null)]
    public void What_the_votes_say_and_nothing_where_they_are_not_sure(string seen, bool? hat, bool? mask, bool? gloves)
    {
        var worn = WornLook.Of([.. seen.Split('|').Select(l => Box(l))], default, []);
        (worn.Hat, worn.Mask, worn.Gloves).ShouldBe((hat, mask, gloves));
    }

    [Fact]
    public void Of_two_people_the_nearer_one_is_meant_and_a_hand_that_is_hardly_one_is_none()
    {
        var worn = WornLook.Of(
            [
                Box("head bare", 0.1f),
                Box("head covered", 0.3f),
                Box("face masked", 0.2f),
                Box("face bare", 0.05f),
                Box("hand gloved", 0.2f, 0.62f),
            ],
            default,
            []
        );
        (worn.Hat, worn.Mask, worn.Gloves).ShouldBe((true, true, null));
    }

    private static SeenBox Box(string label, float size = 0.2f, float score = 0.9f) => new(label, score, 0.1f, 0.1f, size, size);
}
