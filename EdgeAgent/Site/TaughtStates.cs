using System.Text.Json;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>Which states zones were taught, read from their files without a model.</summary>
/// <param name="folder">Holds <c>NAME.json</c> of each zone.</param>
internal sealed class TaughtStates(string folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// The zone's states; null where it was not taught, or where its file cannot be read, which is reported when it is armed.
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
