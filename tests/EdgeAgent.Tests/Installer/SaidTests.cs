using System.Text.RegularExpressions;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Installer;

/// <summary>The installer's page shows the agent's reasons in Chinese: each of them has a translation.</summary>
public sealed class SaidTests
{
    [Fact]
    public void Every_reason_for_a_missing_picture_has_a_chinese_text()
    {
        var said = File.ReadAllText(Path.Combine(Repository.Root, "EdgeAgent", "wwwroot", "installer", "said.js"));
        var patterns = Regex
            .Matches(said, @"^  \[\s*/(.+)/g?,\s+""(.+)"",?\s*\],$", RegexOptions.Multiline)
            .Select(m => (Pattern: m.Groups[1].Value.Replace("\\/", "/", StringComparison.Ordinal), Chinese: m.Groups[2].Value))
            .ToList();
        patterns.Count.ShouldBeGreaterThan(30);
        var reasons = StreamFault
            .Details.Concat(
                new[] { 301, 401, 403, 404, 453, 454, 461, 500, 503 }.SelectMany(s =>
                    new[] { RtspFault.Of(s, true).Detail, RtspFault.Of(s, false).Detail }
                )
            )
            .Concat([
                RtspFault.Closed.Detail,
                RtspFault.NoAnswer.Detail,
                RtspFault.NoRtsp.Detail,
                RtspFault.NoVideo.Detail,
                RtspFault.NotReached.Detail,
                StreamFault.UselessTimestamps.Detail,
            ])
            .Concat(["the stream ended", "no picture for 8 s", "waiting for a key frame; this camera sends one every 60 s"])
            .Distinct()
            .ToList();
        foreach (var reason in reasons)
            patterns.ShouldContain(p => Regex.IsMatch(reason, p.Pattern), reason);
    }
}
