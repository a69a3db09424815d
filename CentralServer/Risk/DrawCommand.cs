using System.Text.Json;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>
/// <c>CentralServer draw --from FILE [--commitment HASH]</c>: verifies a published draw without a server: seed and lists against the
/// commitment, the result against the rule.
/// </summary>
internal static class DrawCommand
{
    /// <param name="noted">The commitment that was noted when the draw began; null to use the one in the file.</param>
    /// <returns>Exit code: 0 if the draw is reproduced, 1 if it differs, 2 if the file is not a published draw.</returns>
    public static async Task<int> RunAsync(string file, string? noted)
    {
        PublishedDraw? published;
        DrawInput? input = null;
        try
        {
            published = JsonSerializer.Deserialize<PublishedDraw>(await File.ReadAllTextAsync(file), PublishedDraw.Json);
            if (published?.Lists is { } lists)
                input = JsonSerializer.Deserialize<DrawInput>(lists, PublishedDraw.Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            await Console.Error.WriteLineAsync(
                $"draw: {file} cannot be read as a published draw ({e.Message}); download it again from the server's "
                    + "/draws/NUMBER/published.json"
            );
            return 2;
        }

        if (published is { State: "begun" or "drawn" or "dropped" })
        {
            await Console.Error.WriteLineAsync(
                $"draw: draw {published.Id} is not published (state: {published.State}, publication date: "
                    + $"{published.PublishOn:yyyy-MM-dd}); note its commitment: {published.Commitment}"
            );
            return 2;
        }

        if (published is not { Drawn: not null, Seed: { } seed, Lists: { } text } || input is not { Sites: not null, Inspectors: not null })
        {
            await Console.Error.WriteLineAsync(
                $"draw: {file} is not a published draw; download it from the server's /draws/NUMBER/published.json"
            );
            return 2;
        }

        var drawn = DrawRule.Draw(DrawSeal.EffectiveSeed(seed, published.Number), input);
        var names = input.Sites.DistinctBy(s => s.Id).ToDictionary(s => s.Id, s => s.Name);
        foreach (var (site, place) in drawn.Select((d, i) => (d, i + 1)))
            Console.WriteLine($"{place, 4}  {site.Site}  {names[site.Site]}  {string.Join(", ", site.Inspectors)}");
        if (Faults(published, noted, seed, text, drawn).FirstOrDefault() is { } fault)
        {
            Console.WriteLine($"The result does NOT match published draw {published.Id}: {fault}.");
            return 1;
        }

        Console.WriteLine(
            "The result matches published draw "
                + $"{published.Id}{(published.Source.Length > 0 ? $"; check that {published.Source} was {published.Number}" : "")}."
        );
        return 0;
    }

    private static IEnumerable<string> Faults(
        PublishedDraw published,
        string? noted,
        string seed,
        string lists,
        IReadOnlyList<DrawnSite> drawn
    )
    {
        // Draws from before commitments were introduced have none.
        if (published.Commitment.Length > 0 && DrawSeal.CommitmentOf(seed, lists) != published.Commitment)
            yield return "the seed and the lists do not match its commitment";
        if (noted is not null && !noted.Equals(published.Commitment, StringComparison.OrdinalIgnoreCase))
            yield return "its commitment differs from the one that was noted";
        if (
            drawn.Count != published.Drawn!.Count
            || !drawn.Zip(published.Drawn).All(p => p.First.Site == p.Second.Site && p.First.Inspectors.SequenceEqual(p.Second.Inspectors))
        )
            yield return "the rule yields a different result";
    }
}
