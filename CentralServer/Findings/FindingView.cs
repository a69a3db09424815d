using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>A finding with the names that a page shows.</summary>
public sealed record FindingView(Finding Finding, Site Site, Camera? Camera)
{
    public DateTimeOffset OpenedLocal => TimeZoneInfo.ConvertTime(Finding.OpenedAt, Site.Zone);

    public TimeSpan? Lasted => Finding.ClosedAt - Finding.OpenedAt;

    /// <summary>The camera's name as people gave it, or that it is the box itself.</summary>
    public string CameraName(IStringLocalizer words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return Camera?.Name ?? (Finding.Camera == CameraId.Box.Value ? words["box"] : Finding.Camera);
    }

    /// <summary>The given findings of <paramref name="scope"/> with their names, newest first. Filter before: a condition on a view is not SQL.</summary>
    public static IQueryable<FindingView> Of(IQueryable<Finding> findings, SiteScope scope)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(scope);
        return from finding in findings
               join site in scope.Sites on finding.SiteId equals site.Id
               join camera in scope.Cameras on new { finding.BoxId, Id = finding.Camera } equals new { camera.BoxId, camera.Id } into cameras
               from camera in cameras.DefaultIfEmpty()
               orderby finding.OpenedAt descending
               select new FindingView(finding, site, camera);
    }
}
