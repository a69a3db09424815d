using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Checks of setting values. Each returns null, or a message with the key, the value and the valid range.</summary>
internal static class Setting
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Year = TimeSpan.FromDays(366);

    public static IEnumerable<string?> Annotated(object options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);
        return results.Select(r => r.ErrorMessage);
    }

    public static string? Span(string name, TimeSpan value) =>
        value >= Shortest && value <= Year ? null : $"{name} is {value}: it must be from {Shortest} to {Year}";

    public static string? Within(string name, int value, int least, int most) =>
        value >= least && value <= most ? null : $"{name} is {value}: it must be from {least} to {most}";

    public static string? Points(string name, double value) =>
        value is >= 0 and <= 100 ? null : $"{name} is {value}: it must be from 0 to 100 points";

    public static bool IsWeb(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https");
}
