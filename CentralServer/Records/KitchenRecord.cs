using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Records;

/// <summary>One record that a kitchen keeps. It is never changed: a later one corrects it.</summary>
public sealed class KitchenRecord
{
    /// <summary>The writer's, 32 hexadecimal digits; the same one twice is the same record.</summary>
    public required string Id { get; init; }

    public required string SiteId { get; init; }

    /// <summary>A <see cref="RecordKind.Name"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The day it is of, in the site's time zone.</summary>
    public DateOnly Day { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Who kept it, and the name at that time.</summary>
    public required string PersonId { get; init; }

    public string PersonName { get; init; } = "";

    /// <summary>Fields and values as JSON.</summary>
    public string Data { get; init; } = "{}";

    /// <summary>Of the member of staff that it is about, whose name is among the values.</summary>
    public string? StaffId { get; init; }

    /// <summary>SHA-256 of a picture in <see cref="Pictures.PictureFiles"/>.</summary>
    public string? Picture { get; init; }

    /// <summary>The record that this one corrects.</summary>
    public string? Corrects { get; init; }

    /// <summary>Needs somebody: unfit for work, a self-check not passed.</summary>
    public bool Alarming { get; init; }

    [NotMapped]
    public IReadOnlyDictionary<string, string> Values => JsonSerializer.Deserialize<Dictionary<string, string>>(Data) ?? [];

    /// <summary>Whether what was recorded needs somebody.</summary>
    /// <param name="certified">Whether the person of a morning check has a valid health certificate.</param>
    public static bool IsAlarming(string kind, IReadOnlyDictionary<string, string> values, bool certified)
    {
        ArgumentNullException.ThrowIfNull(values);
        return kind switch
        {
            RecordKinds.MorningCheck => !MorningCheck.IsFit(values, certified),
            RecordKinds.Daily or RecordKinds.Weekly or RecordKinds.Monthly => values.GetValueOrDefault("passed") != "yes",
            _ => false,
        };
    }
}
