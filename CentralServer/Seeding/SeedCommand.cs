using System.Diagnostics;
using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Seeding;

/// <summary>
/// <c>CentralServer seed --sites N --days N [--seed N]</c>: generates the data of a fictitious city, for demonstrations and measurements.
/// </summary>
internal static class SeedCommand
{
    private const int MostSites = 5000;
    private const int MostDays = 400;

    public static async Task<int> RunAsync(IServiceProvider services, IConfiguration given)
    {
        var (sites, days) = (given.GetValue("sites", 300), given.GetValue("days", 30));
        if (sites is < 1 or > MostSites || days is < 1 or > MostDays)
        {
            await Console.Error.WriteLineAsync($"seed: --sites must be from 1 to {MostSites} and --days from 1 to {MostDays}.");
            return 2;
        }

        var since = Stopwatch.StartNew();
        var city = new SeededCity(
            services.GetRequiredService<CentralDb>(),
            services.GetRequiredService<TimeProvider>(),
            given.GetValue("seed", 1),
            given.GetValue("findings-a-day", 4.0)
        );
        var count = await city.FillAsync(sites, days, CancellationToken.None);
        await services.GetRequiredService<Risk.RiskCalculator>().RefreshAsync(CancellationToken.None);
        Console.WriteLine(
            $"{sites} sites, {days} days: {count.Findings} findings with {count.Steps} steps, {count.Records} records, "
                + $"{count.Cases} cases, in {since.Elapsed.TotalSeconds:0} s."
        );
        return 0;
    }
}
