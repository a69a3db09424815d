using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// What the server needs is taken away while it works, one at a time, and given back: what works on, what waits, and that nothing that was
/// accepted is lost. What was seen is the table in <c>docs/operations.md</c>; a row that is not true there fails.
/// </summary>
[AnyDatabase("services and disks of its own")]
public sealed class SomethingGoneTests
{
    private static readonly CameraId Line = CameraId.Parse("line", null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_redis_broker_bucket_or_database_the_rest_works_and_nothing_accepted_is_lost()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-gone-").FullName;
        var (brokerPort, bucketPort) = (LoopbackPort.Free(), LoopbackPort.Free());
        try
        {
            await using var postgres = await PostgresServer.StartAsync(Cancel);
            await using var redis = await RedisServer.StartAsync(Cancel);
            var bucket = await S3Server.StartAsync(folder, bucketPort, Cancel);
            var broker = await BrokerAsync();
            try
            {
                await using var kitchen = await Kitchen.BeginAsync(
                    folder,
                    Path.Combine(folder, "data"),
                    [
                        "--ConnectionStrings:Postgres",
                        postgres.NewDatabase(),
                        "--ConnectionStrings:Redis",
                        redis.Configuration,
                        .. bucket.Arguments,
                        "--Mqtt:Server",
                        "127.0.0.1",
                        "--Mqtt:Port",
                        $"{brokerPort}",
                        "--Mqtt:User",
                        "kitchen",
                        "--Mqtt:Password",
                        "only-for-this-test",
                    ]
                );
                List<string> rows =
                [
                    await kitchen.RowAsync("Redis", redis.KillAsync, () => redis.RestartAsync(Cancel)),
                    await kitchen.RowAsync("MQTT broker", () => broker.DisposeAsync().AsTask(), async () => broker = await BrokerAsync()),
                    await kitchen.RowAsync(
                        "Bucket (S3)",
                        () => bucket.DisposeAsync().AsTask(),
                        async () => bucket = await S3Server.StartAsync(folder, bucketPort, Cancel)
                    ),
                    await kitchen.RowAsync("PostgreSQL", postgres.KillAsync, async () =>
                    {
                        // This process looks into the database too.
                        NpgsqlConnection.ClearAllPools();
                        await postgres.RestartAsync(Cancel);
                    }),
                ];
                await ShouldBeDocumentedAsync(rows);
            }
            finally
            {
                await broker.DisposeAsync();
                await bucket.DisposeAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }

        Task<Mosquitto> BrokerAsync() => Mosquitto.StartAsync(folder, brokerPort, "kitchen", "only-for-this-test", Cancel);
    }

    [Fact]
    public async Task With_a_disk_that_is_full_or_read_only_the_rest_works_and_nothing_accepted_is_lost()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-gone-").FullName;
        var (disk, why) = await SmallDisk.MountAsync(96, toBreak: true, Cancel);
        Assert.SkipWhen(disk is null, $"no disk can be mounted on this machine: {why}");
        try
        {
            await using (disk)
            {
                await using var kitchen = await Kitchen.BeginAsync(folder, Path.Combine(disk!.Path, "data"), []);
                List<string> rows =
                [
                    await kitchen.RowAsync("Disk full", () => Task.Run(disk.Fill, Cancel), () => Task.Run(disk.Free, Cancel)),
                    await kitchen.RowAsync(
                        "Disk read-only",
                        () => disk.BreakAsync(Cancel),
                        async () =>
                        {
                            // A disk that the kernel has given up is repaired without the server.
                            await kitchen.StopServerAsync();
                            SqliteConnection.ClearAllPools();
                            await disk.RepairAsync(Cancel);
                            await kitchen.StartServerAsync();
                        },
                        "after the repair and a restart"
                    ),
                ];
                await ShouldBeDocumentedAsync(rows);
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task ShouldBeDocumentedAsync(List<string> rows)
    {
        foreach (var row in rows)
            TestContext.Current.TestOutputHelper?.WriteLine(row);
        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "operations.md"), Cancel);
        foreach (var row in rows)
            lines.ShouldContain(row, $"the table in docs/operations.md says otherwise; seen: {string.Join(Environment.NewLine, rows)}");
    }

    /// <summary>A server with an edge agent, an inspector, a viewer and a kiosk, and what each of them was promised.</summary>
    private sealed class Kitchen : IAsyncDisposable
    {
        private const string Works = "works";
        private const string Waits = "waits";
        private readonly string folder;
        private readonly string data;
        private readonly IReadOnlyList<string> arguments;
        private readonly int port;
        private readonly HttpClient inspector;
        private readonly TestBox box;
        private readonly TestKiosk kiosk;
        private readonly HashSet<FindingId> stored = [];
        private readonly Dictionary<FindingId, FindingReport> unsent = [];
        private readonly HashSet<FindingId> decided = [];
        private readonly Dictionary<FindingId, byte[]> clips = [];
        private readonly HashSet<string> entered = [];
        private readonly Queue<KioskEntry> unentered = [];
        private readonly byte[] picture = TestPicture.Jpeg();
        private CentralServerProcess? process;
        private HubConnection? hub;
        private string member = "";
        private string formToken = "";
        private string ticket = "";
        private long fragment;

        private Kitchen(string folder, string data, IReadOnlyList<string> arguments)
        {
            (this.folder, this.data, this.arguments) = (folder, data, arguments);
            port = LoopbackPort.Free();
            var address = new Uri($"http://127.0.0.1:{port}");
            inspector = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
            (box, kiosk) = (new(address), new(address));
        }

        private CentralServerProcess Server => process ?? throw new InvalidOperationException("the server does not run");

        public static async Task<Kitchen> BeginAsync(string folder, string data, IReadOnlyList<string> arguments)
        {
            var kitchen = new Kitchen(folder, data, arguments);
            try
            {
                await kitchen.SetUpAsync();
                return kitchen;
            }
            catch
            {
                await kitchen.DisposeAsync();
                throw;
            }
        }

        public async Task StartServerAsync() =>
            process = await CentralServerProcess.StartAsync(
                data,
                Path.Combine(folder, "server.log"),
                port,
                RunningServer.Password,
                Cancel,
                ["--Enrolment:TriesPerMinute", "1000", .. arguments]
            );

        public Task StopServerAsync() => Server.DisposeAsync().AsTask();

        /// <summary>
        /// Takes something away, tries everything, gives it back and waits until everything works and nothing is missing.
        /// </summary>
        /// <param name="back">How it comes back, in the table's words.</param>
        /// <returns>The table's row.</returns>
        public async Task<string> RowAsync(string gone, Func<Task> take, Func<Task> give, string back = "by itself")
        {
            // An official has this page open before.
            var open = await NewFindingAsync();
            await take();
            string[] seen = [await IntakeAsync(), await LiveAsync(), await DecideAsync(open), await PagesAsync(), await KioskAsync()];
            Server.Child.Running.ShouldBeTrue($"without {gone} the server ended");
            await give();
            await AllWorksAsync();
            await NothingLostAsync(gone);
            return $"| {gone} | {string.Join(" | ", seen)} | {back} |";
        }

        public async ValueTask DisposeAsync()
        {
            if (hub is not null)
                await hub.DisposeAsync();
            if (process is not null)
                await process.DisposeAsync();
            inspector.Dispose();
            box.Dispose();
            kiosk.Dispose();
        }

        private async Task SetUpAsync()
        {
            await StartServerAsync();
            await RunningServer.EnrolAsync(Server, box, Cancel);
            await kiosk.EnrolAsync(await Server.KioskCodeAsync(Cancel));
            await RunningServer.SignInAsync(inspector, "inspector");
            await using (var db = InProcessCodes.Open(Server))
            {
                var site = await db.Boxes.Where(b => b.Id == box.Id).Select(b => b.SiteId).SingleAsync(Cancel);
                member = Guid.NewGuid().ToString("N");
                db.Staff.Add(
                    new StaffMember
                    {
                        Id = member,
                        SiteId = site,
                        Name = "王师傅",
                    }
                );
                await db.SaveChangesAsync(Cancel);
            }

            formToken = RunningServer.TokenOf(await inspector.GetStringAsync("/account", Cancel));
            await AllWorksAsync();
        }

        private Task AllWorksAsync() =>
            Until.Async(async () =>
                await IntakeAsync() == Works
                && await LiveAsync() == Works
                && await DecideAsync(await NewFindingAsync()) == Works
                && await PagesAsync() == Works
                && await KioskAsync() == Works
                && unsent.Count == 0
                && unentered.Count == 0
            );

        private async Task NothingLostAsync(string gone)
        {
            foreach (var id in stored)
            {
                using var answer = await inspector.GetAsync($"/findings/{id}", Cancel);
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"finding {id} was acknowledged, {stored.Count} in all; without {gone}");
                var page = await answer.Content.ReadAsStringAsync(Cancel);
                if (decided.Contains(id))
                    page.ShouldContain("step-dismiss", Case.Sensitive, $"the decision on {id} was accepted");
            }

            foreach (var (id, clip) in clips)
                (await inspector.GetByteArrayAsync($"/findings/{id}/clip", Cancel)).ShouldBe(clip);
            await using var db = InProcessCodes.Open(Server);
            foreach (var id in entered)
                (await db.Records.SingleAsync(r => r.Id == id, Cancel)).Picture.ShouldNotBeNull();
        }

        /// <summary>As an edge agent does: what is not acknowledged is sent again, oldest first, with its clip.</summary>
        private async Task<string> IntakeAsync()
        {
            var made = TestBox.Finding();
            unsent.Add(made.Id, made);
            var (findings, files) = (true, true);
            foreach (var finding in unsent.Values.ToList())
            {
                findings = findings && (stored.Contains(finding.Id) || await ReportAsync(finding));
                files = files && findings && await UploadAsync(finding);
            }

            return (findings, files) switch
            {
                (true, true) => Works,
                (true, false) => "findings work, clips wait",
                _ => Waits,
            };
        }

        private async Task<bool> ReportAsync(FindingReport finding)
        {
            try
            {
                if (hub is not { State: HubConnectionState.Connected })
                {
                    if (hub is not null)
                        await hub.DisposeAsync();
                    hub = null;
                    hub = await box.ConnectAsync();
                    await hub.InvokeAsync(
                        nameof(IBoxHub.ReportCameras),
                        new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) },
                        Cancel
                    );
                }

                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
                return stored.Add(finding.Id);
            }
            catch (Exception e) when (e is HubException or HttpRequestException or IOException or InvalidOperationException)
            {
                return false;
            }
        }

        private async Task<bool> UploadAsync(FindingReport finding)
        {
            var clip = RandomNumberGenerator.GetBytes(200_000);
            "ftyp"u8.CopyTo(clip.AsSpan(4));
            if (clips.TryGetValue(finding.Id, out var begun))
                clip = begun;
            using var answer = await box.SendAsync(
                finding.Id,
                EvidencePart.Clip,
                new ByteArrayContent(clip),
                0,
                clip.Length,
                Convert.ToHexStringLower(SHA256.HashData(clip))
            );
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.NoContent, HttpStatusCode.ServiceUnavailable);
            if (answer.StatusCode != HttpStatusCode.NoContent)
                return false;
            clips[finding.Id] = clip;
            return unsent.Remove(finding.Id);
        }

        /// <summary>Whether a fragment gets from the agent to somebody who watches, and whether somebody can begin to watch.</summary>
        private async Task<string> LiveAsync()
        {
            using var sending = box.Client();
            var begins = await BeginsAsync(sending);
            var number = ++fragment;
            using var sent = await sending.PutAsync(
                BoxRoutes.LiveFragment(box.Id, Line, Rendition.Clear, 7, number, true, TimeSpan.FromMilliseconds(400)),
                new ByteArrayContent([5]),
                Cancel
            );
            using var seen = await inspector.GetAsync($"/live/{box.Id}/{Line}/7/{number}?t={ticket}", Cancel);
            var goes = sent.StatusCode == HttpStatusCode.NoContent && seen.StatusCode == HttpStatusCode.OK;
            return (goes, begins) switch
            {
                (true, true) => Works,
                (true, false) => "goes on, none begins",
                _ => "stops",
            };
        }

        private async Task<bool> BeginsAsync(HttpClient sending)
        {
            using var asked = await inspector.GetAsync($"/live/{box.Id}/{Line}", Cancel);
            asked.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.ServiceUnavailable);
            if (asked.StatusCode == HttpStatusCode.ServiceUnavailable)
                return false;
            if (asked.StatusCode == HttpStatusCode.NoContent)
            {
                using var begun = await sending.PutAsync(
                    BoxRoutes.LiveInit(box.Id, Line, Rendition.Clear, 7) + "?codec=avc1.64001f",
                    new ByteArrayContent([1]),
                    Cancel
                );
                using var first = await sending.PutAsync(
                    BoxRoutes.LiveFragment(box.Id, Line, Rendition.Clear, 7, ++fragment, true, TimeSpan.FromMilliseconds(400)),
                    new ByteArrayContent([5]),
                    Cancel
                );
                if (begun.StatusCode != HttpStatusCode.NoContent || first.StatusCode != HttpStatusCode.NoContent)
                    return false;
                return (await inspector.GetAsync($"/live/{box.Id}/{Line}", Cancel)) is { StatusCode: HttpStatusCode.OK } window
                    && await TakeTicketAsync(window);
            }

            return await TakeTicketAsync(asked);
        }

        private async Task<bool> TakeTicketAsync(HttpResponseMessage window)
        {
            ticket = (await window.Content.ReadFromJsonAsync<LiveWindow>(Cancel))!.Ticket!;
            return true;
        }

        private async Task<FindingId> NewFindingAsync()
        {
            var finding = TestBox.Finding();
            await Until.Async(() => ReportAsync(finding));
            return finding.Id;
        }

        private async Task<string> DecideAsync(FindingId id)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/desk/decisions")
            {
                Content = JsonContent.Create(
                    new
                    {
                        step = "dismiss",
                        text = "没有人",
                        ids = new[] { id },
                    }
                ),
            };
            request.Headers.Add("RequestVerificationToken", formToken);
            using var answer = await inspector.SendAsync(request, Cancel);
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                return "503";
            decided.Add(id);
            return Works;
        }

        private async Task<string> PagesAsync()
        {
            var works = new List<bool>();
            foreach (var page in new[] { "/", "/desk", "/cases" })
            {
                using var answer = await inspector.GetAsync(page, Cancel);
                answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
                works.Add(answer.StatusCode == HttpStatusCode.OK);
            }

            return works.TrueForAll(w => w) ? Works
                : works.Exists(w => w) ? "some 503"
                : "503";
        }

        /// <summary>As a kiosk does: the picture, then the entry; both again until they are taken.</summary>
        private async Task<string> KioskAsync()
        {
            unentered.Enqueue(
                new(
                    Guid.NewGuid().ToString("N"),
                    RecordKinds.Sample,
                    TimeProvider.System.GetUtcNow(),
                    member,
                    new Dictionary<string, string>
                    {
                        ["meal"] = "lunch",
                        ["dish"] = "红烧牛肉",
                        ["grams"] = "130",
                    },
                    Convert.ToHexStringLower(SHA256.HashData(picture)),
                    null
                )
            );
            while (unentered.TryPeek(out var entry))
            {
                using var put = await kiosk.PutAsync(KioskRoutes.Picture(entry.Picture!), picture);
                put.StatusCode.ShouldBeOneOf(HttpStatusCode.NoContent, HttpStatusCode.ServiceUnavailable);
                if (put.StatusCode != HttpStatusCode.NoContent)
                    return Waits;
                using var answer = await kiosk.PostAsync(KioskRoutes.Entries, entry);
                answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
                if (answer.StatusCode != HttpStatusCode.OK)
                    return Waits;
                (await answer.Content.ReadFromJsonAsync<KioskEntryOutcome>(Cancel))!.Fault.ShouldBeNull();
                entered.Add(unentered.Dequeue().Id);
            }

            return Works;
        }
    }
}
