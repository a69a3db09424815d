using System.Globalization;

namespace BrightKitchen.Contracts;

/// <summary>
/// The morning check (晨检): what it asks, and who may work by it. One rule for the kiosk that tells somebody and for the server that keeps
/// it.
/// </summary>
public static class MorningCheck
{
    public const string Kind = "morning-check";
    public const string Staff = "staff";
    public const string Celsius = "celsius";
    public const string Symptoms = "symptoms";
    public const string HandsWashed = "hands-washed";
    public const string Hat = "hat";
    public const string Mask = "mask";
    public const string Gloves = "gloves";

    /// <summary>From this temperature on nobody works, °C.</summary>
    public const double FeverFrom = 37.3;

    /// <param name="values">Of the record; gloves count where they were asked for.</param>
    /// <param name="certified">Whether the health certificate is valid on that day.</param>
    public static bool IsFit(IReadOnlyDictionary<string, string> values, bool certified)
    {
        ArgumentNullException.ThrowIfNull(values);
        return certified
            && values.GetValueOrDefault(Symptoms, "").Length == 0
            && double.TryParse(values.GetValueOrDefault(Celsius), NumberStyles.Float, CultureInfo.InvariantCulture, out var celsius)
            && celsius < FeverFrom
            && values.GetValueOrDefault(HandsWashed) == "yes"
            && values.GetValueOrDefault(Hat) == "yes"
            && values.GetValueOrDefault(Mask) == "yes"
            && values.GetValueOrDefault(Gloves) != "no";
    }
}
