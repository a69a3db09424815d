using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.KeyProtection;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Storage;

namespace BrightKitchen.CentralServer.Configuration;

/// <summary>
/// Reads the server's own sections and checks them before anything is opened: what is out of range, cannot be read or is not known is
/// reported, all of it together. A misspelt key is an error, as it would otherwise mean nothing.
/// </summary>
internal static class ServerSettings
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Year = TimeSpan.FromDays(366);

    // Sections of single values: what is known in them, and what each may be.
    private static readonly Dictionary<string, Dictionary<string, Func<string, string?>>> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Join"] = new(StringComparer.OrdinalIgnoreCase) { ["TriesPerMinute"] = Count },
        ["Enrolment"] = new(StringComparer.OrdinalIgnoreCase) { ["TriesPerMinute"] = Count },
        ["Api"] = new(StringComparer.OrdinalIgnoreCase) { ["RequestsPerMinute"] = Count },
        ["Database"] = new(StringComparer.OrdinalIgnoreCase) { ["Strict"] = Flag },
        ["Demo"] = new(StringComparer.OrdinalIgnoreCase) { ["Password"] = _ => null },
    };

    /// <summary>Registers the options of every section.</summary>
    /// <exception cref="InvalidDataException">Something is wrong; every fault is in the message, a line each.</exception>
    public static void AddServerSettings(this IServiceCollection services, IConfiguration configuration)
    {
        var faults = new List<string>();
        services
            .AddSingleton(Read<LifeOptions>("Life", Faults))
            .AddSingleton(Read<CaseOptions>("Cases", Faults))
            .AddSingleton(Read<RiskOptions>("Risk", Faults))
            .AddSingleton(Read<StorageOptions>("Storage", Faults))
            .AddSingleton(Read<WebhookOptions>("Webhooks", Faults))
            .AddSingleton(Read<MqttOptions>("Mqtt", Faults))
            .AddSingleton(Read<PushOptions>("Push", Faults));
        // Bound by AddPeople, AddAudit and AddKeyProtection; read here so that their faults are reported with the others.
        _ = Read<SignInOptions>(SignInOptions.Section, Annotated);
        _ = Read<AuditOptions>(AuditOptions.Section, Faults);
        _ = Read<KeyProtectionOptions>(KeyProtectionOptions.Section, Faults);
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
                // The binder would append to the usual values; who names a list means that list.
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
                // It names the key and the value that is no number or no time.
                faults.Add($"{e.Message}{(e.InnerException is { } inner ? $" {inner.Message}" : "")}");
                return new();
            }
        }
    }

    private static IEnumerable<string?> Faults(LifeOptions o) =>
        [
            Span(nameof(o.PlanWithin), o.PlanWithin),
            Span(nameof(o.UrgentPlanWithin), o.UrgentPlanWithin),
            Span(nameof(o.DecideWithin), o.DecideWithin),
            Span(nameof(o.RectifyWithin), o.RectifyWithin),
            Span(nameof(o.EscalateEvery), o.EscalateEvery),
            Span(nameof(o.UrgentEscalateEvery), o.UrgentEscalateEvery),
            o.FirstTier.Intersect(o.SecondTier).FirstOrDefault() is { } both
                ? $"SecondTier names '{both}', which is in FirstTier too"
                : null,
        ];

    private static IEnumerable<string?> Faults(CaseOptions o) =>
        [
            Span(nameof(o.AnswerWithin), o.AnswerWithin),
            Within(nameof(o.ReportsPerHour), o.ReportsPerHour, 1, 1_000_000),
            Within(nameof(o.VisitorReportsPerDay), o.VisitorReportsPerDay, 0, 1_000_000),
            Within(nameof(o.PicturesPerDay), o.PicturesPerDay, 0, 1_000_000),
            Within(nameof(o.VisitorPictures), o.VisitorPictures, 0, 10_000_000),
        ];

    private static IEnumerable<string?> Faults(RiskOptions o) =>
        [
            Span(nameof(o.Window), o.Window),
            Span(nameof(o.Every), o.Every),
            Points(nameof(o.PerDoubling), o.PerDoubling),
            Points(nameof(o.MostOfFindings), o.MostOfFindings),
            o.FirstDoubling > 0 ? null : $"{nameof(o.FirstDoubling)} is {o.FirstDoubling}: it must be more than 0",
            Within(nameof(o.RepeatFrom), o.RepeatFrom, 1, 1_000_000),
            Points(nameof(o.PerRepeat), o.PerRepeat),
            Points(nameof(o.MostOfRepeats), o.MostOfRepeats),
            Points(nameof(o.PerOverdue), o.PerOverdue),
            Points(nameof(o.MostOfOverdue), o.MostOfOverdue),
            Points(nameof(o.PerOfflineHour), o.PerOfflineHour),
            Points(nameof(o.MostOfOffline), o.MostOfOffline),
            Points(nameof(o.PerCertificate), o.PerCertificate),
            Points(nameof(o.MostOfCertificates), o.MostOfCertificates),
            Points(nameof(o.PerCase), o.PerCase),
            Points(nameof(o.MostOfCases), o.MostOfCases),
            o.PerFinding is { Count: 3 } && o.PerFinding.All(p => p is >= 0 and <= 100)
                ? null
                : $"{nameof(o.PerFinding)} must be three weights from 0 to 100, of tier 1, 2 and 3",
            o.GradesFrom is { Count: 3 } g && g[0] < g[1] && g[1] < g[2] && g[0] >= 0 && g[2] <= 100
                ? null
                : $"{nameof(o.GradesFrom)} must be three rising scores from 0 to 100, of the grades B, C and D",
        ];

    private static IEnumerable<string?> Faults(StorageOptions o) =>
        [
            o.CacheBytes > 0 ? null : $"{nameof(o.CacheBytes)} is {o.CacheBytes}: it must be more than 0",
            string.IsNullOrEmpty(o.Endpoint) || IsWeb(o.Endpoint)
                ? null
                : $"{nameof(o.Endpoint)} is '{o.Endpoint}': it must be an http or https address",
            string.IsNullOrEmpty(o.AccessKey) == string.IsNullOrEmpty(o.SecretKey)
                ? null
                : $"{nameof(o.AccessKey)} and {nameof(o.SecretKey)} go together: one of them is empty",
            string.IsNullOrEmpty(o.Bucket) && !string.IsNullOrEmpty(o.Endpoint)
                ? $"{nameof(o.Bucket)} is empty although {nameof(o.Endpoint)} is set: evidence would be stored on this machine"
                : null,
        ];

    private static IEnumerable<string?> Faults(WebhookOptions o) => [Span(nameof(o.GiveUpAfter), o.GiveUpAfter)];

    private static IEnumerable<string?> Faults(MqttOptions o) =>
        [
            Within(nameof(o.Port), o.Port, 1, 65535),
            string.IsNullOrWhiteSpace(o.Prefix) || o.Prefix.AsSpan().ContainsAny("#+")
                ? $"{nameof(o.Prefix)} is '{o.Prefix}': it must be a topic without # and +"
                : null,
        ];

    private static IEnumerable<string?> Faults(PushOptions o) =>
        [
            string.IsNullOrEmpty(o.KeyFile)
            || o.Contact.StartsWith("mailto:", StringComparison.Ordinal)
            || o.Contact.StartsWith("https:", StringComparison.Ordinal)
                ? null
                : $"{nameof(o.Contact)} is '{o.Contact}': set it to whom push services may write, such as mailto:it@example.org; they "
                    + "ask for it",
        ];

    private static IEnumerable<string?> Faults(AuditOptions o) =>
        [
            .. Annotated(o),
            Directory.Exists(o.HeadFile) ? $"{nameof(o.HeadFile)} is '{o.HeadFile}': it must be a file, and is a folder" : null,
        ];

    private static IEnumerable<string?> Faults(KeyProtectionOptions o)
    {
        string? fault = null;
        try
        {
            _ = KeySecret.Of(o);
        }
        catch (InvalidDataException e)
        {
            // It begins with the setting's whole name.
            fault = e.Message[(KeyProtectionOptions.Section.Length + 1)..];
        }

        return [fault];
    }

    private static IEnumerable<string?> Annotated(object options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);
        return results.Select(r => r.ErrorMessage);
    }

    private static string? Span(string name, TimeSpan value) =>
        value >= Shortest && value <= Year ? null : $"{name} is {value}: it must be from {Shortest} to {Year}";

    private static string? Within(string name, int value, int least, int most) =>
        value >= least && value <= most ? null : $"{name} is {value}: it must be from {least} to {most}";

    private static string? Points(string name, double value) =>
        value is >= 0 and <= 100 ? null : $"{name} is {value}: it must be from 0 to 100 points";

    private static string? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 10_000_000
            ? null
            : "it must be a whole number from 1 to 10000000";

    private static string? Flag(string text) => bool.TryParse(text, out _) ? null : "it must be true or false";

    private static bool IsWeb(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https");
}
