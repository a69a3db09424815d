using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Records;

/// <summary>A record of a kitchen, such as a morning check. Records are immutable: a later record corrects an earlier one.</summary>
public sealed class KitchenRecord
{
    /// <summary>Chosen by the writer, 32 hexadecimal digits; writing the same id again does nothing.</summary>
    public required string Id { get; init; }

    public required string SiteId { get; init; }

    /// <summary>A <see cref="RecordKind.Name"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The day that the record is about, in the site's time zone.</summary>
    public DateOnly Day { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>The person who entered it; <see cref="PersonName"/> is the name at that time.</summary>
    public required string PersonId { get; init; }

    public string PersonName { get; init; } = "";

    /// <summary>Fields and values as JSON.</summary>
    public string Data { get; init; } = "{}";

    /// <summary>The member of staff that it is about, whose name is among the values.</summary>
    public string? StaffId { get; init; }

    /// <summary>SHA-256 of a picture in <see cref="Pictures.PictureFiles"/>.</summary>
    public string? Picture { get; init; }

    /// <summary>Id of the record that this one corrects.</summary>
    public string? Corrects { get; init; }

    /// <summary>Whether action is required: unfit for work, or a self-check that was not passed.</summary>
    public bool Alarming { get; init; }

    [NotMapped]
    public IReadOnlyDictionary<string, string> Values => JsonSerializer.Deserialize<Dictionary<string, string>>(Data) ?? [];

    /// <summary>Whether a record with these values requires action.</summary>
    /// <param name="certified">For a morning check, whether the person has a valid health certificate.</param>
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
