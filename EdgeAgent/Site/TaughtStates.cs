using System.Text.Json;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>The states that zones are trained on, read from their files without a model.</summary>
/// <param name="folder">Contains <c>NAME.json</c> for each zone.</param>
internal sealed class TaughtStates(string folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// The zone's states; null when it is not trained or its file cannot be read, which is reported when the zone's rules are armed.
    /// </summary>
    public IReadOnlyCollection<string>? Of(string zone)
    {
        var file = Path.Combine(folder, zone + ".json");
        try
        {
            return File.Exists(file) && JsonSerializer.Deserialize<Zone>(File.ReadAllText(file), Json) is { Examples: { } examples }
                ? [.. examples.Select(e => e?.State).OfType<string>().Distinct()]
                : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Zone(IReadOnlyList<Example?>? Examples);

    private sealed record Example(string? State);
}
