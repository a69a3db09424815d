using System.Globalization;
using BrightKitchen.Contracts.Records;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Values of a record: whole ones, and each field of them once as it should not be and once as people write it.</summary>
internal static class RecordCases
{
    // What names, dishes and remarks are made of; the last has half a surrogate pair on neither side of a cut.
    private static readonly string[] Written =
    [
        "红烧肉、清炒西兰花",
        "🍲👩‍🍳 𠮷野家",
        "مرق اللحم",
        "  between  spaces  ",
        "\"quotes\" & <b>tags</b>'",
        "two\nlines",
    ];

    public static IEnumerable<(string Name, Dictionary<string, string> Values)> Of(RecordDefinition definition)
    {
        var whole = definition.Fields.ToDictionary(f => f.Name, Whole);
        yield return ("whole", new(whole));
        yield return ("nothing", []);
        yield return ("a field that it has not", new(whole) { ["secret"] = "x" });
        foreach (var field in definition.Fields)
        {
            var without = new Dictionary<string, string>(whole);
            without.Remove(field.Name);
            yield return ($"{field.Name} is missing", without);
            foreach (var (name, value) in Values(field))
                yield return ($"{field.Name} is {name}", new(whole) { [field.Name] = value });
        }
    }

    private static string Whole(RecordField field) =>
        field.Type switch
        {
            FieldType.Number => Text(field.Least),
            FieldType.Choice => field.Choices![0],
            FieldType.YesNo => "yes",
            _ => "x",
        };

    private static IEnumerable<(string Name, string Value)> Values(RecordField field)
    {
        yield return ("blank", " \t ");
        yield return ("as long as it may be", new('长', field.Longest));
        yield return ("one too long", new('长', field.Longest + 1));
        yield return ("far too long", new('长', 20_000));
        yield return ("a control character", "a\u0001b");
        foreach (var written in Written)
            yield return (written, written);
        if (field.Type != FieldType.Number)
            yield break;
        foreach (
            var number in new[]
            {
                Text(field.Least - 0.1),
                Text(field.Most),
                Text(field.Most + 0.1),
                "1e400",
                "-1e400",
                "NaN",
                "0x10",
                "1,5",
                "１２",
            }
        )
            yield return (number, number);
    }

    private static string Text(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);
}
