namespace BrightKitchen.CentralServer.City;

/// <summary>A rectangle of the map; position and size in percent of the map.</summary>
internal sealed record MapTile(PlaceFigures Place, double X, double Y, double Width, double Height);

/// <summary>
/// Lays out regions as rectangles with areas proportional to their number of kitchens (squarified treemap, Bruls, Huizing and van Wijk
/// 2000): the system stores no borders, and requests to a third-party map server are avoided.
/// </summary>
internal static class CityMap
{
    public static IReadOnlyList<MapTile> Of(IReadOnlyList<PlaceFigures> places)
    {
        var tiles = new List<MapTile>();
        // A place without kitchens still gets a tile.
        var sizes = places.OrderByDescending(p => p.Sites).Select(p => (Place: p, Size: Math.Max(p.Sites, 0.5))).ToList();
        var scale = 100.0 * 100 / Math.Max(sizes.Sum(s => s.Size), 1e-9);
        var (x, y, width, height) = (0.0, 0.0, 100.0, 100.0);
        for (var i = 0; i < sizes.Count; )
        {
            var side = Math.Min(width, height);
            var row = 1;
            while (
                i + row < sizes.Count
                && Worst(sizes.GetRange(i, row + 1).ConvertAll(s => s.Size * scale), side)
                    <= Worst(sizes.GetRange(i, row).ConvertAll(s => s.Size * scale), side)
            )
                row++;
            var thick = sizes.GetRange(i, row).Sum(s => s.Size * scale) / side;
            var along = 0.0;
            foreach (var (place, size) in sizes.GetRange(i, row))
            {
                var length = size * scale / thick;
                tiles.Add(width <= height ? new(place, x + along, y, length, thick) : new(place, x, y + along, thick, length));
                along += length;
            }

            (x, y, width, height) = width <= height ? (x, y + thick, width, height - thick) : (x + thick, y, width - thick, height);
            i += row;
        }

        return tiles;
    }

    // The worst aspect ratio of a row; 1 is a square.
    private static double Worst(List<double> areas, double side)
    {
        var sum = areas.Sum();
        return areas.Max(a => Math.Max(side * side * a / (sum * sum), sum * sum / (side * side * a)));
    }
}
