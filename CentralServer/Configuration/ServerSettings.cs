using System.Globalization;
using System.Net;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.KeyProtection;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Storage;

namespace BrightKitchen.CentralServer.Configuration;

/// <summary>
/// Reads and validates the server's own sections before anything is opened. Values that are out of range or malformed and unknown keys are
/// reported, all together. A misspelt key is an error because it would otherwise be ignored.
/// </summary>
internal static class ServerSettings
{
    // Sections of single values: their known keys, with a validation for each.
    private static readonly Dictionary<string, Dictionary<string, Func<string, string?>>> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Join"] = new(StringComparer.OrdinalIgnoreCase) { ["TriesPerMinute"] = Count },
        ["Enrolment"] = new(StringComparer.OrdinalIgnoreCase) { ["TriesPerMinute"] = Count },
        ["Api"] = new(StringComparer.OrdinalIgnoreCase) { ["RequestsPerMinute"] = Count },
        ["Database"] = new(StringComparer.OrdinalIgnoreCase) { ["Strict"] = Flag },
        ["Demo"] = new(StringComparer.OrdinalIgnoreCase) { ["Password"] = _ => null },
    };

    /// <summary>Registers the options of each section.</summary>
    /// <exception cref="InvalidDataException">Settings are invalid; the message lists every fault, one per line.</exception>
    public static void AddServerSettings(this IServiceCollection services, IConfiguration configuration)
    {
        var faults = new List<string>();
        services
            .AddSingleton(Read<LifeOptions>("Life", o => o.Faults()))
            .AddSingleton(Read<CaseOptions>("Cases", o => o.Faults()))
            .AddSingleton(Read<RiskOptions>("Risk", o => o.Faults()))
            .AddSingleton(Read<StorageOptions>("Storage", o => o.Faults()))
            .AddSingleton(Read<WebhookOptions>("Webhooks", o => o.Faults()))
            .AddSingleton(Read<MqttOptions>("Mqtt", o => o.Faults()))
            .AddSingleton(Read<PushOptions>("Push", o => o.Faults()));
        // Bound by AddPeople, AddAudit and AddKeyProtection; read here so that their faults are reported with the others.
        _ = Read<SignInOptions>(SignInOptions.Section, Setting.Annotated);
        _ = Read<AuditOptions>(AuditOptions.Section, o => o.Faults());
        _ = Read<KeyProtectionOptions>(KeyProtectionOptions.Section, o => o.Faults());
        foreach (var (section, known) in Values)
        {
            foreach (var setting in configuration.GetSection(section).GetChildren())
            {
                if (!known.TryGetValue(setting.Key, out var fault))
                    faults.Add($"{setting.Path} is not known; {section} has {string.Join(", ", known.Keys)}");
                else if (fault(setting.Value ?? "") is { } why)
                    faults.Add($"{setting.Path} is '{setting.Value}': {why}");
            }
        }

        foreach (var proxy in configuration.GetSection("Proxies").GetChildren().Where(p => !IPAddress.TryParse(p.Value, out _)))
            faults.Add($"{proxy.Path} is '{proxy.Value}': it must be an IP address");
        if (faults.Count > 0)
            throw new InvalidDataException(string.Join(Environment.NewLine, faults));

        T Read<T>(string name, Func<T, IEnumerable<string?>> check)
            where T : new()
        {
            var section = configuration.GetSection(name);
            var known = typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).ToList();
            foreach (var setting in section.GetChildren().Where(s => !known.Contains(s.Key, StringComparer.OrdinalIgnoreCase)))
                faults.Add($"{setting.Path} is not known; {name} has {string.Join(", ", known)}");
            try
            {
                var options = section.Get<T>() ?? new();
                // The binder would append to the default values; a configured list replaces the default.
                foreach (
                    var list in typeof(T)
                        .GetProperties()
                        .Where(p => p.CanWrite && p.PropertyType.IsGenericType && section.GetSection(p.Name).Exists())
                )
                    list.SetValue(options, section.GetSection(list.Name).Get(list.PropertyType.GetGenericArguments()[0].MakeArrayType()));
                faults.AddRange(check(options).OfType<string>().Select(f => $"{name}:{f}"));
                return options;
            }
            catch (InvalidOperationException e)
            {
                // The message names the key and the value that cannot be converted.
                faults.Add($"{e.Message}{(e.InnerException is { } inner ? $" {inner.Message}" : "")}");
                return new();
            }
        }
    }

    private static string? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 10_000_000
            ? null
            : "it must be a whole number from 1 to 10000000";

    private static string? Flag(string text) => bool.TryParse(text, out _) ? null : "it must be true or false";
}
