using System.Reflection;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.Fixtures;

namespace BrightKitchen.Architecture.Tests;

/// <summary>docs/settings.md names every setting that the programs bind.</summary>
public sealed class SettingsDocumentTests
{
    public static TheoryData<string> Programs => ["CentralServer", "EdgeAgent", "KioskUI"];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_setting_is_in_the_document(string program)
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));
        var settings = Assembly
            .Load(program)
            .GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && (IsOptions(t) || t == typeof(AgentSettings)))
            .SelectMany(t => t.GetProperties().Where(p => p.CanWrite && !IsOptions(p.PropertyType)).Select(p => (Type: t.Name, p.Name)))
            .ToList();

        settings.ShouldNotBeEmpty();
        // Between backticks, alone or behind its section.
        settings
            .Where(s => !document.Contains($"`{s.Name}`", StringComparison.Ordinal))
            .Where(s => !document.Contains($":{s.Name}", StringComparison.Ordinal))
            .Select(s => $"{s.Type}.{s.Name}")
            .ShouldBeEmpty();
    }

    // A section of its own.
    private static bool IsOptions(Type type) => type.Name.EndsWith("Options", StringComparison.Ordinal);
}
