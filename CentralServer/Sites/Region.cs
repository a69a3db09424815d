namespace BrightKitchen.CentralServer.Sites;

/// <summary>An administrative area under one authority: city, banner or district, township.</summary>
public sealed class Region
{
    public required string Id { get; init; }

    public string? ParentId { get; set; }

    public required string Name { get; set; }

    /// <summary>One of <see cref="RegionLevels"/>.</summary>
    public required string Level { get; init; }

    /// <summary>The ids from the root to this region, <c>/city/district/</c>, so that a subtree is a prefix.</summary>
    public required string Path { get; set; }
}

/// <summary>The levels of authority, from the top.</summary>
public static class RegionLevels
{
    public const string City = "city";
    public const string District = "district";
    public const string Township = "township";

    public static IReadOnlyList<string> All { get; } = [City, District, Township];
}
