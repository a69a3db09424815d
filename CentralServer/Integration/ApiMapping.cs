using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Records;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>Maps entities to the API's models; fields that are not mapped here are not published.</summary>
internal static class ApiMapping
{
    public static ApiFinding Of(Finding f) =>
        new(
            f.Id,
            f.SiteId,
            f.Camera,
            f.Zone,
            f.Kind,
            f.OpenedAt,
            f.ClosedAt,
            f.Stage,
            f.Tier,
            f.Level,
            f.DueAt,
            f.OverdueSince,
            f.Score,
            f.Models,
            f.StillSha256,
            f.ClipSha256,
            f.Version
        );

    public static ApiCase Of(FeedbackCase c) =>
        new(c.Id, c.SiteId, c.Text, c.CreatedAt, c.DueAt, c.HandedToRegionId, c.Answer, c.AnsweredAt);

    public static ApiRecord Of(KitchenRecord r) => new(r.Id, r.Kind, r.Day, r.At, r.PersonName, r.Values, r.Corrects, r.Alarming);
}
