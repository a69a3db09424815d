using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;

namespace BrightKitchen.Fixtures;

/// <summary>The pages' texts by key, as the resource files hold them, so that a test does not break when a text is reworded.</summary>
public static class Copy
{
    private static readonly ConcurrentDictionary<string, Dictionary<string, string>> Languages = new();

    /// <summary>A text in the default language.</summary>
    /// <exception cref="ArgumentException">No text has this key.</exception>
    public static string Of(string key, params object[] arguments) => In("zh-CN", key, arguments);

    /// <summary>A text in one of the languages of <c>Words.*.resx</c>.</summary>
    /// <exception cref="ArgumentException">No text has this key.</exception>
    public static string In(string language, string key, params object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (!Languages.GetOrAdd(language, Read).TryGetValue(key, out var text))
            throw new ArgumentException($"No text in Words.{language}.resx has the key '{key}'.", nameof(key));
        return arguments.Length == 0 ? text : string.Format(CultureInfo.GetCultureInfo(language), text, arguments);
    }

    private static Dictionary<string, string> Read(string language) =>
        XDocument
            .Load(Path.Combine(Repository.Root, "WebComponents", $"Words.{language}.resx"))
            .Root!.Elements("data")
            .ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value);
}
