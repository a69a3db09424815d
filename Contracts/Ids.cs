using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace BrightKitchen.Contracts;

/// <summary>A finding's identity, created by the edge agent when the finding opens; the server uses it for idempotency.</summary>
[JsonConverter(typeof(FindingIdConverter))]
public readonly record struct FindingId(Guid Value) : IParsable<FindingId>
{
    /// <summary>UUID version 7: sorts by opening time.</summary>
    public static FindingId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static FindingId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id)
            ? id
            : throw new FormatException($"'{s}' is not a finding id: 32 hexadecimal digits are expected.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out FindingId result)
    {
        var ok = Guid.TryParseExact(s, "N", out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString("N");
}

internal sealed class FindingIdConverter : JsonConverter<FindingId>
{
    public override FindingId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        FindingId.TryParse(reader.GetString(), null, out var id) ? id : throw new JsonException("A finding id is 32 hexadecimal digits.");

    public override void Write(Utf8JsonWriter writer, FindingId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A camera's name on its edge agent: a lower-case slug that is safe in a path, a URL and a metric label.</summary>
[JsonConverter(typeof(CameraIdConverter))]
public readonly partial record struct CameraId : IParsable<CameraId>
{
    /// <summary>Maximum length, characters; the pattern enforces the same limit.</summary>
    public const int Longest = 40;

    private readonly string? value;

    private CameraId(string value) => this.value = value;

    /// <summary>The edge agent itself, in findings about it; reserved, no camera may use this name.</summary>
    public static CameraId Box { get; } = new("box");

    public string Value => value ?? throw new InvalidOperationException("This camera id is not set.");

    public static CameraId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id)
            ? id
            : throw new FormatException($"'{s}' is not a camera id: use 1 to 40 of a-z, 0-9 and '-', beginning with a letter.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CameraId result)
    {
        var ok = s is not null && Shape().IsMatch(s);
        result = ok ? new(s!) : default;
        return ok;
    }

    public override string ToString() => value ?? "";

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex Shape();
}

internal sealed class CameraIdConverter : JsonConverter<CameraId>
{
    public override CameraId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        CameraId.TryParse(reader.GetString(), null, out var id)
            ? id
            : throw new JsonException("A camera id is 1 to 40 of a-z, 0-9 and '-'.");

    public override void Write(Utf8JsonWriter writer, CameraId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
