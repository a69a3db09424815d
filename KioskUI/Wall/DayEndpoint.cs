using Microsoft.AspNetCore.Http.HttpResults;

namespace BrightKitchen.KioskUI.Wall;

internal static class DayEndpoint
{
    /// <summary>The wall's right side, asked for anew by wall.js.</summary>
    public static void MapDay(this IEndpointRouteBuilder app) => app.MapGet("/day", () => new RazorComponentResult<DayPanel>());
}
