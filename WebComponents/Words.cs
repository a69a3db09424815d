namespace BrightKitchen.WebComponents;

/// <summary>Marker type for the localised strings of the pages: <c>Words.zh-CN.resx</c> and <c>Words.en.resx</c>.</summary>
public sealed class Words;

/// <summary>The supported UI cultures; the first is the default.</summary>
public static class Languages
{
    public static IReadOnlyList<string> All { get; } = ["zh-CN", "en"];
}
