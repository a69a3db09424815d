using System.ComponentModel.DataAnnotations.Schema;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>A kitchen under supervision.</summary>
public sealed class Site
{
    public required string Id { get; init; }

    public required string Name { get; set; }

    /// <summary>One of <see cref="SiteKinds"/>.</summary>
    public string Kind { get; set; } = SiteKinds.SchoolCanteen;

    public string? RegionId { get; set; }

    /// <summary>
    /// The region's <see cref="Region.Path"/>; <c>/</c> where it has none, which only who was granted the site itself sees.
    /// </summary>
    public string RegionPath { get; set; } = "/";

    /// <summary>Opens its public page; another one closes it to who has the old address.</summary>
    public string VisitToken { get; set; } = Sites.VisitToken.New();

    /// <summary>IANA name; times are shown in it.</summary>
    public string TimeZone { get; set; } = "Asia/Shanghai";

    [NotMapped]
    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);
}

/// <summary>The kinds of site.</summary>
public static class SiteKinds
{
    public const string SchoolCanteen = "school-canteen";
    public const string Restaurant = "restaurant";
    public const string Catering = "catering";
    public const string MealDelivery = "meal-delivery";

    public static IReadOnlyList<string> All { get; } = [SchoolCanteen, Restaurant, Catering, MealDelivery];
}

/// <summary>A part of a kitchen, which says what rules make sense there.</summary>
public sealed class Area
{
    /// <summary>The most characters of a name that people give in forms, of a region and a site too.</summary>
    internal const int LongestName = 60;

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    /// <summary>One of <see cref="AreaKinds"/>.</summary>
    public required string Kind { get; set; }
}

/// <summary>The kinds of area.</summary>
public static class AreaKinds
{
    public static IReadOnlyList<string> All { get; } =
    ["rough-processing", "cutting", "cooking", "clean-room", "serving", "washing", "storage", "sample-fridge"];
}

/// <summary>A person may look into a site, or into every site of a region and below it.</summary>
public sealed class Grant
{
    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public string? SiteId { get; init; }

    public string? RegionId { get; init; }

    /// <summary>Of <see cref="RegionId"/>.</summary>
    public string? RegionPath { get; set; }
}
