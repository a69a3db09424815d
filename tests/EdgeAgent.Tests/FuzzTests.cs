using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Installer.Onvif;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.Sealing;
using Microsoft.Extensions.Configuration;

namespace BrightKitchen.EdgeAgent.Tests;

/// <summary>
/// Spoilt inputs, each from a fixed seed: nothing throws what is not announced, hangs or grows. About 20,000 here, and 40 times as many by
/// <c>./run bench fuzz</c>.
/// </summary>
public sealed class FuzzTests(Temporary temporary)
{
    /// <summary>How many times as much is tried.</summary>
    internal static readonly int Times =
        int.TryParse(Environment.GetEnvironmentVariable("BRIGHTKITCHEN_FUZZ"), out var times) && times > 0 ? times : 1;
    private static readonly int Rounds = 1500 * Times;

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Fact]
    public void Discovery_answers() =>
        Spoil(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" "
                + "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><e:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/A%20B</d:Scopes><d:XAddrs>http://192.168.1.2/onvif http://[::1]/x</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>",
            bytes => DeviceSearch.Read(bytes) is not null
        );

    [Fact]
    public void Soap_answers() =>
        Spoil(
            "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                + "xmlns:t=\"http://www.onvif.org/ver10/schema\"><s:Body><Profiles "
                + "token=\"p1\"><t:Name>main</t:Name><t:Resolution><t:Width>1920</t:Width></t:Resolution></Profiles></s:Body></s:Envelope>",
            bytes => Soap.Parse(bytes) is not null
        );

    [Fact]
    public void Cameras_and_rules_as_the_page_sends_them() =>
        Spoil(
            "{\"timeZone\":\"Asia/Shanghai\",\"version\":1,\"clockSource\":\"machine\",\"cameras\":[{\"id\":\"line\",\"name\":\"a\",\"url\":\"rtsp://10.0.0.5:554/main\",\"subUrl\":null,\"transport\":\"tcp\",\"user\":\"u\"}],\"rules\":[{\"camera\":\"line\",\"kind\":\"no-mask\",\"zone\":\"0.1,0.2 0.9,0.2 0.5,0.8\",\"hours\":[\"10:30-13:00\"],\"dwell\":\"00:00:03\",\"quiet\":\"00:00:30\"}]}",
            bytes =>
            {
                try
                {
                    var settings = JsonSerializer.Deserialize<SiteSettings>(bytes, Web);
                    return settings is { Cameras: not null, Rules: not null, TimeZone: not null } && !settings.Faults().Any();
                }
                catch (JsonException)
                {
                    return false;
                }
            }
        );

    [Fact]
    public void The_settings_file() =>
        Spoil(
            "{\"Box\":{\"Data\":\"data\",\"TimeZone\":\"Asia/Shanghai\",\"Cameras\":{\"FramesPerSecond\":5,\"Cameras\":[{\"Id\":\"line\",\"Url\":\"rtsp://10.0.0.5:554/main\"}]},\"Rules\":[{\"Camera\":\"line\",\"Kind\":\"no-mask\",\"Hours\":[\"06:00-14:00\"],\"Dwell\":\"00:00:03\"}],\"Uplink\":{\"Server\":\"https://kitchens.example.org\"}}}",
            bytes =>
            {
                try
                {
                    using var stream = new MemoryStream(bytes);
                    AgentSettings.Read(new ConfigurationBuilder().AddJsonStream(stream).Build());
                    return true;
                }
                catch (Exception e) when (e is InvalidDataException or FormatException or JsonException)
                {
                    return false;
                }
            },
            Rounds / 4
        );

    [Fact]
    public void Orders_of_the_server() =>
        Spoil(
            JsonSerializer.Serialize(
                new SetupOrder(
                    1,
                    new(
                        "Asia/Shanghai",
                        "machine",
                        [new("line", "a", "rtsp://10.0.0.5/x", null, "tcp", false, "u", null)],
                        [new("line", "no-mask", "z", "0.1,0.2 0.9,0.2 0.5,0.8", "", ["10:00-11:00"], 3, 30)]
                    )
                ),
                Web
            ),
            bytes =>
            {
                try
                {
                    return JsonSerializer.Deserialize<SetupOrder>(bytes, Web) is { Setup: not null };
                }
                catch (JsonException)
                {
                    return false;
                }
            }
        );

    [Fact]
    public void Zones_and_hours() => Spoil("0.1,0.2 0.9,0.2 0.5,0.8|10:30-13:00", bytes =>
        {
            var parts = Encoding.UTF8.GetString(bytes).Split('|');
            return Zone.TryParse(parts[0], out _) & Hours.TryParse(parts[^1], out _);
        });

    [Fact]
    public void What_ffmpeg_says() =>
        Spoil("[rtsp @ 0x5] method DESCRIBE failed: 401 Unauthorized\n[mp4 @ 0x6] Non-monotonous DTS in output stream 0:0", bytes =>
        {
            var lines = Encoding.UTF8.GetString(bytes).Split('\n');
            return lines.Any(StreamFault.TellsOfTimestamps) && StreamFault.Of(lines, "the stream ended").State == CameraStates.Refused;
        });

    [Fact]
    public void Findings_as_the_hub_reads_them() =>
        Spoil(
            JsonSerializer.Serialize(
                new FindingReport(
                    FindingId.New(DateTimeOffset.UnixEpoch),
                    CameraId.Parse("line", null),
                    "zone",
                    FindingKinds.NoMask,
                    DateTimeOffset.UnixEpoch,
                    null,
                    0.9f,
                    ["face 3"],
                    [new("face", 0.9f, 0.1f, 0.1f, 0.2f, 0.2f)]
                ),
                Web
            ),
            bytes =>
            {
                try
                {
                    return JsonSerializer.Deserialize<FindingReport>(bytes, Web) is { } report && report.Fault() is null;
                }
                catch (JsonException)
                {
                    return false;
                }
            },
            2 * Rounds
        );

    [Fact]
    public void Manifests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var report = new FindingReport(
            FindingId.New(DateTimeOffset.UnixEpoch),
            CameraId.Parse("line", null),
            "zone",
            FindingKinds.NoMask,
            DateTimeOffset.UnixEpoch,
            null,
            0.9f,
            [],
            []
        );
        var signed = Jws.Sign(
            new Manifest(Jws.Fingerprint(key), 1, Manifest.Nothing, ManifestKinds.Evidence, DateTimeOffset.UnixEpoch, report, []),
            key
        );
        // Nothing spoilt is ever opened: the signature covers all of it.
        Spoil(signed, bytes => Jws.Open<Manifest>(Encoding.Latin1.GetString(bytes), key) is not null, 2 * Rounds, someStayRight: false);
    }

    [Fact]
    public async Task Fragments()
    {
        var file = temporary.File("tiny.mp4");
        await Ffmpeg.PictureAsync(file, "32x32", 2, "-movflags +frag_keyframe+empty_moov+default_base_moof");
        var good = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var (random, whole, before) = (new Random(8), 0, GC.GetTotalMemory(true));
        var rounds = 4 * Rounds;
        for (var i = 0; i < rounds; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                // A claimed size of megabytes only costs time here.
                var at = random.Next(bytes.Length);
                bytes[at] = at < 16 && i % 100 != 0 ? bytes[at] : (byte)random.Next(256);
            }

            var read = 0;
            try
            {
                await FragmentReader.ReadAsync(
                    new MemoryStream(bytes, 0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length),
                    TimeProvider.System,
                    f =>
                    {
                        read++;
                        _ = Mp4.ParameterSet(f.Bytes, f.Epoch.Codec);
                        if (i % 10 == 0)
                            _ = Clip.Join([f]);
                    },
                    TestContext.Current.CancellationToken
                );
            }
            catch (InvalidDataException)
            {
                // Said as announced.
            }

            whole += read > 0 ? 1 : 0;
        }

        whole.ShouldBeInRange(rounds / 600, rounds - rounds / 600, "some stay right and some do not");
        (GC.GetTotalMemory(true) - before).ShouldBeLessThan(64 << 20);
    }

    /// <summary>Some of the spoilt inputs must still be good, or the spoiling reaches nothing.</summary>
    private static void Spoil(string right, Func<byte[], bool> read, int? howMany = null, bool someStayRight = true)
    {
        var rounds = howMany ?? Rounds;
        var (random, good) = (new Random(right.Length), Encoding.UTF8.GetBytes(right));
        read(good).ShouldBeTrue();
        var before = GC.GetTotalMemory(true);
        var whole = 0;
        for (var i = 0; i < rounds; i++)
        {
            var bytes = new List<byte>(good);
            for (var change = random.Next(1, 6); change > 0 && bytes.Count > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(5))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                        break;
                    case 2:
                        bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(40)).ToArray());
                        break;
                    case 3:
                        bytes[at] = "\"{}[],:<>/0-9 \0"u8[random.Next(15)];
                        break;
                    default:
                        bytes[at] = (byte)(bytes[at] ^ (1 << random.Next(8)));
                        break;
                }
            }

            if (bytes.SequenceEqual(good))
                continue;
            var began = TimeProvider.System.GetTimestamp();
            whole += read([.. bytes]) ? 1 : 0;
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(5), "one input holds everything up");
        }

        whole.ShouldBeInRange(someStayRight ? 1 : 0, someStayRight ? rounds - 1 : 0, "some stay right and some do not");
        (GC.GetTotalMemory(true) - before).ShouldBeLessThan(32 << 20);
    }
}
