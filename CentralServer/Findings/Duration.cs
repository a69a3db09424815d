using BrightKitchen.WebComponents;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Formats a duration as localized text.</summary>
internal static class Duration
{
    public static string Text(IStringLocalizer<Words> words, TimeSpan? lasted) =>
        lasted switch
        {
            null => words["ongoing"],
            { TotalSeconds: < 120 } => words["seconds", Math.Max(1, (int)Math.Round(lasted.Value.TotalSeconds))],
            _ => words["minutes", (int)Math.Round(lasted.Value.TotalMinutes)],
        };
}
