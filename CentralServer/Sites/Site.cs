using System.ComponentModel.DataAnnotations.Schema;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>A kitchen under supervision.</summary>
public sealed class Site
{
    public required string Id { get; init; }

    public required string Name { get; set; }

    /// <summary>IANA name; times are shown in it.</summary>
    public string TimeZone { get; set; } = "Asia/Shanghai";

    [NotMapped]
    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);
}

/// <summary>A person may look into a site.</summary>
public sealed class Grant
{
    public required string PersonId { get; init; }

    public required string SiteId { get; init; }
}
