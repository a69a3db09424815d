using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BrightKitchen.Benchmarks;

/// <summary>One measured figure.</summary>
/// <param name="Name">Such as <c>edge.cpu_ratio</c>.</param>
/// <param name="Against">The peer or the limit of the same run, in words.</param>
/// <param name="N">What was counted: frames, requests, pictures.</param>
internal sealed record Figure(string Name, double Value, string Unit, string Against, long N)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Json =>
        JsonSerializer.Serialize(
            new
            {
                figure = Name,
                value = Math.Round(Value, 4),
                unit = Unit,
                against = Against,
                n = N,
            },
            Plain
        );

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name, -28} {Value, 10:0.###} {Unit, -12} n={N, -8} {Against}");
}
