namespace BrightKitchen.WebComponents;

/// <summary>Marks the pages' words: <c>Words.zh-CN.resx</c> and <c>Words.en.resx</c>.</summary>
public sealed class Words;

/// <summary>The languages of the pages, the first one by default.</summary>
public static class Languages
{
    public static IReadOnlyList<string> All { get; } = ["zh-CN", "en"];
}
