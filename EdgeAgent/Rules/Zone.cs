using System.Globalization;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>A polygon on the picture, corners in shares of width and height (0–1).</summary>
internal sealed record Zone(IReadOnlyList<(float X, float Y)> Corners)
{
    /// <summary>Parses corners <c>"x,y x,y x,y"</c>, three or more; empty text is the whole picture.</summary>
    public static bool TryParse(string text, out Zone zone)
    {
        var corners = new List<(float, float)>();
        zone = new(corners);
        foreach (var corner in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var xy = corner.Split(',');
            if (xy.Length != 2 || !Share(xy[0], out var x) || !Share(xy[1], out var y))
                return false;
            corners.Add((x, y));
        }

        return corners.Count is 0 or >= 3;
    }

    /// <summary>Whether the point is inside, by the even-odd rule.</summary>
    public bool Contains(float x, float y)
    {
        if (Corners.Count == 0)
            return true;
        var inside = false;
        for (int i = 0, j = Corners.Count - 1; i < Corners.Count; j = i++)
        {
            var (a, b) = (Corners[i], Corners[j]);
            if (a.Y > y != b.Y > y && x < ((b.X - a.X) * (y - a.Y) / (b.Y - a.Y)) + a.X)
                inside = !inside;
        }

        return inside;
    }

    private static bool Share(string text, out float value) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value is >= 0 and <= 1;
}
