using System.Globalization;
using BrightKitchen.CentralServer.Live;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// The low-latency playlist over random cameras, by the rules of RFC 8216bis that Apple's players end on: targets that never change, parts
/// within their target, segments within
/// theirs, and nothing that was published once and differs later.
/// </summary>
public sealed class LowLatencyPlaylistTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.FromUnixTimeSeconds(1_795_000_000);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<int, double, double, double, double> Cameras()
    {
        var data = new TheoryData<int, double, double, double, double>();
        // Frames a second, key frames at most so far apart (s), jitter of a frame's time (share), shortest fragment (s).
        foreach (
            var (rate, keys, jitter, fragment) in new (double, double, double, double)[]
            {
                (25, 2, 0, 0.5),
                (25, 5, 0.2, 0.5),
                (15, 4, 0.3, 0.5),
                (12.5, 60, 0.1, 0.5),
                (30, 0.04, 0, 0.5),
                (20, 0.3, 0.2, 0.5),
                (5, 2, 0.5, 0.3),
                (4, 10, 0.4, 0.5),
                (1, 20, 0.3, 0.5),
            }
        )
        {
            for (var seed = 1; seed <= 4; seed++)
                data.Add(seed, rate, keys, jitter, fragment);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cameras))]
    public async Task Every_playlist_of_a_stream_follows_the_rules_and_the_one_before_it(
        int seed,
        double rate,
        double keys,
        double jitter,
        double shortest
    )
    {
        var random = new Random(seed);
        var stream = new LiveStream(Noon);
        var rules = new Rules();
        var (epoch, number, playlists) = (1L, 0L, 0);
        stream.Begin(epoch, "avc1.64001f", [7]);
        foreach (var (key, duration) in Fragments(random, rate, keys, jitter, shortest).Take(600))
        {
            // A camera that connects again, now and then.
            if (random.Next(80) == 0)
            {
                (epoch, number) = (epoch + 1, 0);
                stream.Begin(epoch, "avc1.64001f", [7]);
            }

            stream.Add(epoch, number++, key, duration, [1]).ShouldBeTrue();
            if (await stream.PlaylistAsync(null, null, "?t=1", Cancel) is not { } text)
                continue;
            rules.Check(text);
            foreach (var uri in rules.Uris)
                Bytes(stream, uri).ShouldBeTrue($"{uri} is in the playlist and is not there\n{text}");
            playlists++;
        }

        playlists.ShouldBeGreaterThan(100);
        rules.Segments.ShouldBeGreaterThan(5);
        rules.Parts.ShouldBeGreaterThan(20);
    }

    // As ffmpeg cuts them: at a key frame, and at the first frame that is so far from the fragment's first.
    private static IEnumerable<(bool Key, TimeSpan Duration)> Fragments(
        Random random,
        double rate,
        double keys,
        double jitter,
        double shortest
    )
    {
        var (at, begin, key, nextKey) = (0.0, 0.0, true, 0.0);
        while (true)
        {
            // Some frames are lost, and seldom many.
            at += ((1 + (jitter * ((random.NextDouble() * 2) - 1))) / rate) + (random.Next(500) == 0 ? random.NextDouble() * 9 : 0);
            var isKey = at >= nextKey;
            if (!isKey && at - begin < shortest)
                continue;
            yield return (key, TimeSpan.FromMilliseconds(Math.Max(1, Math.Round((at - begin) * 1000))));
            (begin, key) = (at, isKey);
            if (isKey)
                nextKey = at + (keys * (0.1 + (0.9 * random.NextDouble())));
        }
    }

    private static bool Bytes(LiveStream stream, string uri)
    {
        var pieces = uri[..uri.IndexOf('?', StringComparison.Ordinal)].Split('/', '-');
        var numbers = Array.ConvertAll(pieces, p => long.Parse(p, CultureInfo.InvariantCulture));
        return numbers switch
        {
            [var epoch] => stream.Init(epoch) is not null,
            [var epoch, var number] => stream.Fragment(epoch, number) is not null,
            [var epoch, var first, var last] => stream.Segment(epoch, first, last) is not null,
            _ => false,
        };
    }

    /// <summary>What holds of one playlist, and of two of the same stream.</summary>
    private sealed class Rules
    {
        private readonly Dictionary<long, (string Uri, double Seconds, long Discontinuity)> whole = [];
        private readonly Dictionary<(long Segment, int Part), (string Uri, double Seconds)> parts = [];
        private string? fixedTags;
        private long sequence = -1;

        public int Segments => whole.Count;

        public int Parts => parts.Count;

        /// <summary>What the newest playlist refers to.</summary>
        public List<string> Uris { get; } = [];

        public void Check(string text)
        {
            var lines = text.Split('\n');
            lines[0].ShouldBe("#EXTM3U");
            var target = Number(Tag(lines, "#EXT-X-TARGETDURATION:"), "");
            var partTarget = Number(Tag(lines, "#EXT-X-PART-INF:"), "PART-TARGET=");
            var control = Tag(lines, "#EXT-X-SERVER-CONTROL:");
            Number(control, "PART-HOLD-BACK=").ShouldBeGreaterThanOrEqualTo(partTarget * 2, text);
            var tags = $"target duration {target}, part target {partTarget}, {control}";
            (fixedTags ??= tags).ShouldBe(tags, "they never change while a player plays");
            var first = (long)Number(Tag(lines, "#EXT-X-MEDIA-SEQUENCE:"), "");
            first.ShouldBeGreaterThanOrEqualTo(sequence);
            var removed = sequence >= 0 && first > sequence;
            sequence = first;
            Uris.Clear();
            var (segment, discontinuity, total, open) = (
                first,
                (long)Number(Tag(lines, "#EXT-X-DISCONTINUITY-SEQUENCE:"), ""),
                0.0,
                new List<double>()
            );
            for (var i = 0; i < lines.Length; i++)
            {
                var line = lines[i];
                if (line == "#EXT-X-DISCONTINUITY")
                {
                    open.ShouldBeEmpty("a discontinuity is between segments");
                    discontinuity++;
                }
                else if (line.StartsWith("#EXT-X-MAP:", StringComparison.Ordinal))
                {
                    Uris.Add(Uri(line));
                }
                else if (line.StartsWith("#EXT-X-PART:", StringComparison.Ordinal))
                {
                    var seconds = Number(line, "DURATION=");
                    Uris.Add(Uri(line));
                    seconds.ShouldBeLessThanOrEqualTo(partTarget + 0.0005, text);
                    // The one before it was not the last of its segment.
                    if (open.Count > 0)
                        open[^1].ShouldBeGreaterThanOrEqualTo((partTarget * 0.85) - 0.0005, text);
                    Same(parts, (segment, open.Count), (Uri(line), seconds), text);
                    open.Add(seconds);
                }
                else if (line.StartsWith("#EXTINF:", StringComparison.Ordinal))
                {
                    var seconds = double.Parse(line[8..^1], CultureInfo.InvariantCulture);
                    Math.Round(seconds, MidpointRounding.AwayFromZero).ShouldBeLessThanOrEqualTo(target, text);
                    if (open.Count > 0)
                        open.Sum().ShouldBe(seconds, 0.002, text);
                    Uris.Add(lines[++i]);
                    Same(whole, segment++, (lines[i], seconds, discontinuity), text);
                    (total, open) = (total + seconds, []);
                }
            }

            if (removed)
                total.ShouldBeGreaterThanOrEqualTo((target * 3) - 0.001, $"a segment was removed and too little is left\n{text}");
        }

        private static void Same<TKey, T>(Dictionary<TKey, T> known, TKey key, T now, string text)
            where TKey : notnull
        {
            if (known.TryGetValue(key, out var before))
                now.ShouldBe(before, $"{key} was published before as it is no longer\n{text}");
            known[key] = now;
        }

        private static string Tag(string[] lines, string tag) =>
            lines.Single(l => l.StartsWith(tag, StringComparison.Ordinal))[tag.Length..];

        private static double Number(string text, string attribute)
        {
            var begin = text.IndexOf(attribute, StringComparison.Ordinal) + attribute.Length;
            var end = text.IndexOf(',', begin);
            return double.Parse(end < 0 ? text[begin..] : text[begin..end], CultureInfo.InvariantCulture);
        }

        private static string Uri(string line) => line[(line.IndexOf("URI=\"", StringComparison.Ordinal) + 5)..].Split('"')[0];
    }
}
