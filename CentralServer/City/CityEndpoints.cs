using System.Globalization;
using System.Text;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.WebComponents;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.CentralServer.City;

/// <summary>The figures that the wall refreshes, and the report as CSV for other programs.</summary>
internal static class CityEndpoints
{
    /// <summary>Columns of the report, in order; their translations have the keys <c>wall.…</c>.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    ["place", "sites", "covered", "online", "findings", "closed", "overdue", "score"];

    public static void MapCity(this IEndpointRouteBuilder app)
    {
        app.MapGet("/wall/figures", (string? region) => new RazorComponentResult<WallFigures>(new { Region = region }))
            .RequireAuthorization(Access.Oversee);
        app.MapGet("/report.csv", Csv).RequireAuthorization(Access.Oversee);
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> Csv(
        string? region,
        DateOnly? from,
        DateOnly? to,
        CityFigures figures,
        TimeProvider time,
        IStringLocalizer<Words> words,
        CancellationToken cancel
    )
    {
        var period = ReportPeriod.Of(null, from, to, time);
        if (await figures.OfAsync(region, period.Begin, period.End, fresh: true, cancel) is not { } view)
            return TypedResults.NotFound();
        var text = new StringBuilder();
        foreach (
            var line in view
                .Places.Append(view.Total with { Name = words["wall.total"] })
                .Select(p =>
                    new object?[]
                    {
                        p.Name,
                        p.Sites,
                        p.Covered,
                        p.Online,
                        p.Findings,
                        p.Closed,
                        p.Overdue,
                        p.Score is { } s ? Math.Round(s, 1) : null,
                    }
                )
                .Prepend([.. Columns.Select(c => words["wall." + c].Value)])
        )
            text.Append(string.Join(',', line.Select(Cell))).Append("\r\n");
        // With a byte order mark, without which spreadsheets do not recognize UTF-8.
        return TypedResults.Bytes(
            [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ToString())],
            "text/csv",
            $"report-{period.From:yyyyMMdd}-{period.To:yyyyMMdd}.csv"
        );
    }

    // Quotes the value; text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe.
    private static string Cell(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (value is string && text.Length > 0 && "=+-@\t\r".Contains(text[0], StringComparison.Ordinal))
            text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}

/// <summary>Period of a report: days in the city's time zone, both inclusive.</summary>
internal sealed record ReportPeriod(DateOnly From, DateOnly To)
{
    private const int Longest = 366;

    public DateTimeOffset Begin => CityTime.Begin(From);

    public DateTimeOffset End => CityTime.Begin(To.AddDays(1));

    /// <param name="span"><c>month</c> for the last 30 days; anything else means the last seven days.</param>
    public static ReportPeriod Of(string? span, DateOnly? from, DateOnly? to, TimeProvider time)
    {
        var today = CityTime.Today(time);
        var end = to ?? today;
        var begin = from ?? (span == "month" ? end.AddDays(-29) : end.AddDays(-6));
        return begin > end || end.DayNumber - begin.DayNumber > Longest ? new(end.AddDays(-6), end) : new(begin, end);
    }
}
