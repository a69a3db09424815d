using System.ComponentModel.DataAnnotations.Schema;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>A supervised kitchen.</summary>
public sealed class Site
{
    public required string Id { get; init; }

    public required string Name { get; set; }

    /// <summary>One of <see cref="SiteKinds"/>.</summary>
    public string Kind { get; set; } = SiteKinds.SchoolCanteen;

    public string? RegionId { get; set; }

    /// <summary>
    /// The region's <see cref="Region.Path"/>; <c>/</c> for a site without a region, which only people who are granted the site itself can
    /// see.
    /// </summary>
    public string RegionPath { get; set; } = "/";

    /// <summary>Token in the URL of its public page; replacing it invalidates the old URL.</summary>
    public string VisitToken { get; set; } = Sites.VisitToken.New();

    /// <summary>IANA name of the time zone in which its times are shown.</summary>
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

/// <summary>A part of a kitchen; its kind determines which rules make sense there.</summary>
public sealed class Area
{
    /// <summary>Maximum length of names entered in forms, in characters; applies to regions and sites too.</summary>
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

/// <summary>Grants a person access to a site, or to all sites of a region and of the regions below it.</summary>
public sealed class Grant
{
    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public string? SiteId { get; init; }

    public string? RegionId { get; init; }

    /// <summary>The path of <see cref="RegionId"/>.</summary>
    public string? RegionPath { get; set; }
}
