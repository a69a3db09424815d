using System.Text.Json;

namespace BrightKitchen.CentralServer.Risk;

/// <summary><c>CentralServer draw --seed SEED --from FILE</c>: makes a published draw again, without a server, and says whether it is the same.</summary>
internal static class DrawCommand
{
    /// <returns>0 the same, 1 another draw, 2 the file is none.</returns>
    public static async Task<int> RunAsync(string seed, string file)
    {
        PublishedDraw? published;
        try
        {
            published = JsonSerializer.Deserialize<PublishedDraw>(await File.ReadAllTextAsync(file), PublishedDraw.Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            await Console.Error.WriteLineAsync($"draw: {file} cannot be read as a published draw ({e.Message}); fetch it anew from the server's /draws/NUMBER/published.json");
            return 2;
        }

        if (published is not { Input: { Sites: not null, Inspectors: not null } input, Drawn: not null })
        {
            await Console.Error.WriteLineAsync($"draw: {file} is no published draw; fetch it from the server's /draws/NUMBER/published.json");
            return 2;
        }

        var drawn = DrawRule.Draw(seed, input);
        var names = input.Sites.DistinctBy(s => s.Id).ToDictionary(s => s.Id, s => s.Name);
        foreach (var (site, place) in drawn.Select((d, i) => (d, i + 1)))
            Console.WriteLine($"{place,4}  {site.Site}  {names[site.Site]}  {string.Join(", ", site.Inspectors)}");
        var same = seed == published.Seed && drawn.Count == published.Drawn.Count && drawn.Zip(published.Drawn).All(p => p.First.Site == p.Second.Site && p.First.Inspectors.SequenceEqual(p.Second.Inspectors));
        Console.WriteLine(same ? $"The same as published: draw {published.Id}." : $"NOT what was published as draw {published.Id}{(seed == published.Seed ? "" : $", which names the seed '{published.Seed}'")}.");
        return same ? 0 : 1;
    }
}
