using System.Globalization;

namespace BrightKitchen.Contracts;

/// <summary>
/// The morning check (晨检): its fields, and who may work according to it. Shared by the kiosk, which shows the result, and the server, which
/// stores it.
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

    /// <summary>Body temperature from which work is not permitted, °C.</summary>
    public const double FeverFrom = 37.3;

    /// <param name="values">The record's values; gloves count only when they were requested.</param>
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
