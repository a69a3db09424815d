using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Seeding;

/// <summary>Generates a fictitious city. The same seed and numbers give the same city; each kitchen has a constant quality.</summary>
internal sealed class SeededCity(CentralDb db, TimeProvider time, int seed, double findingsADay)
{
    private const int Batch = 4000;
    private const int StaffOfASite = 5;
    private static readonly string[] Districts = ["东城区", "西城区", "南河区", "北山旗", "开发区", "湖滨区", "草原旗", "临江区"];
    private static readonly string[] Townships = ["河畔镇", "红柳镇", "白杨镇", "青石镇", "沙梁镇", "桃源镇"];
    private static readonly string[] Schools =
    [
        "实验小学",
        "第一小学",
        "第二小学",
        "第三小学",
        "第四小学",
        "第一中学",
        "第二中学",
        "中心幼儿园",
        "阳光幼儿园",
        "职业学校",
    ];
    private static readonly string[] Others = ["蒙味轩餐厅", "河套人家", "百姓餐饮", "净源配餐", "草原饭庄", "老街面馆"];
    private static readonly string[] Surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "周", "吴", "徐", "孙", "马"];
    private static readonly string[] Given = ["秀英", "建国", "丽华", "志强", "春梅", "海燕", "文博", "晓东", "玉兰", "宝音"];
    private static readonly string[] Dishes =
    [
        "红烧牛肉",
        "番茄炒蛋",
        "清炒西兰花",
        "土豆炖鸡",
        "麻婆豆腐",
        "米饭",
        "馒头",
        "小米粥",
        "紫菜蛋花汤",
        "酸奶",
    ];
    private readonly Random random = new(seed);

    public async Task<(int Findings, int Steps, int Records, int Cases)> FillAsync(int sites, int days, CancellationToken cancel)
    {
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        var places = await PlacesAsync(sites, cancel);
        var (findings, steps, records, cases) = (0, 0, 0, 0);
        var now = time.GetUtcNow();
        foreach (var (site, box, quality) in places)
        {
            var staff = Staff(site, now);
            var lives = new SeededLife(random, site, box, now);
            for (var day = days - 1; day >= 0; day--)
            {
                var midnight = Midnight(site, now, day);
                for (var i = Poisson(findingsADay * quality); i > 0; i--)
                {
                    if (lives.Next(midnight) is not var (finding, life))
                        continue;
                    db.Findings.Add(finding);
                    db.FindingSteps.AddRange(life);
                    (findings, steps) = (findings + 1, steps + life.Count);
                }

                records += Records(site, staff, midnight, now, quality);
                cases += Case(site, midnight, now);
            }

            if (db.ChangeTracker.Entries().Count() > Batch)
                await SaveAsync(cancel);
        }

        await SaveAsync(cancel);
        return (findings, steps, records, cases);
    }

    private async Task SaveAsync(CancellationToken cancel)
    {
        await db.SaveChangesAsync(cancel);
        db.ChangeTracker.Clear();
    }

    private async Task<List<(Site Site, string Box, double Quality)>> PlacesAsync(int sites, CancellationToken cancel)
    {
        var tree = new RegionTree(db);
        var city = await db.Regions.FirstOrDefaultAsync(r => r.Name == DemoPeople.CityName, cancel)
            ?? await tree.AddRegionAsync(DemoPeople.CityName, null, cancel);
        var townships = new List<Region>();
        foreach (var district in Districts)
        {
            var made = await db.Regions.FirstOrDefaultAsync(r => r.Name == district && r.ParentId == city.Id, cancel)
                ?? await tree.AddRegionAsync(district, city, cancel);
            foreach (var township in Townships.Take(3 + random.Next(Townships.Length - 2)))
                townships.Add(
                    await db.Regions.FirstOrDefaultAsync(r => r.Name == township && r.ParentId == made.Id, cancel)
                        ?? await tree.AddRegionAsync(township, made, cancel)
                );
        }

        var (places, now) = (new List<(Site, string, double)>(), time.GetUtcNow());
        for (var i = 0; i < sites; i++)
        {
            var township = townships[random.Next(townships.Count)];
            var school = random.NextDouble() < 0.7;
            var kind = school ? SiteKinds.SchoolCanteen : SiteKinds.All[1 + random.Next(SiteKinds.All.Count - 1)];
            var name = school
                ? $"{township.Name[..2]}{Pick(Schools)}食堂{(i < townships.Count * Schools.Length ? "" : $"({i})")}"
                : $"{township.Name[..2]}{Pick(Others)}";
            var site = new Site
            {
                Id = Id(now),
                Name = $"{name}·{i + 1}",
                Kind = kind,
                RegionId = township.Id,
                RegionPath = township.Path,
            };
            db.Sites.Add(site);
            foreach (var area in SeededLife.Areas)
                db.Areas.Add(
                    new Area
                    {
                        Id = Id(now),
                        SiteId = site.Id,
                        Name = area.Name,
                        Kind = area.Kind,
                    }
                );
            // Some edge agents have been offline for days.
            var connected = random.NextDouble() < 0.96;
            var box = Id(now);
            db.Boxes.Add(
                new Box
                {
                    Id = box,
                    SiteId = site.Id,
                    Name = "kitchen box",
                    PublicKey = "",
                    EnrolledAt = now.AddDays(-200),
                    LastSeenAt = connected ? now : now.AddHours(-random.Next(2, 90)),
                }
            );
            foreach (var camera in SeededLife.Cameras)
                db.Cameras.Add(
                    new Camera
                    {
                        BoxId = box,
                        Id = camera.Id,
                        Name = camera.Name,
                        State = connected && random.NextDouble() < 0.97 ? Contracts.CameraStates.Live : Contracts.CameraStates.Silent,
                        Since = now.AddHours(-random.Next(1, 50)),
                    }
                );
            places.Add((site, box, Math.Exp((random.NextDouble() * 2.4) - 1.4)));
        }

        await SaveAsync(cancel);
        return places;
    }

    private List<StaffMember> Staff(Site site, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        List<StaffMember> staff =
        [
            .. Enumerable
                .Range(0, StaffOfASite)
                .Select(i => new StaffMember
                {
                    Id = Id(now),
                    SiteId = site.Id,
                    Name = Pick(Surnames) + Pick(Given),
                    Job =
                        i == 0 ? "厨师长"
                        : i == 1 ? "面点"
                        : "帮厨",
                    CertificateUntil = random.NextDouble() < 0.02 ? null : today.AddDays(random.Next(-15, 360)),
                    TrainedOn = today.AddDays(-random.Next(5, 150)),
                }),
        ];
        db.Staff.AddRange(staff);
        return staff;
    }

    // Kitchens of lower quality omit more records.
    private int Records(Site site, List<StaffMember> staff, DateTimeOffset midnight, DateTimeOffset now, double quality)
    {
        var count = 0;
        var day = RecordDay(site, midnight);
        void Add(string kind, double hour, Dictionary<string, string> values, StaffMember? about = null)
        {
            var at = midnight.AddHours(hour).AddMinutes(random.Next(20));
            if (at > now || random.NextDouble() < 0.03 * quality)
                return;
            count++;
            var certified = about is null || about.CertificateUntil >= day;
            db.Records.Add(
                new KitchenRecord
                {
                    Id = Id(at),
                    SiteId = site.Id,
                    Kind = kind,
                    Day = day,
                    At = at,
                    PersonId = "",
                    PersonName = "食堂管理员",
                    Data = System.Text.Json.JsonSerializer.Serialize(values),
                    StaffId = about?.Id,
                    Alarming = KitchenRecord.IsAlarming(kind, values, certified),
                }
            );
        }

        foreach (var member in staff)
        {
            var fever = random.NextDouble() < 0.004;
            Add(
                RecordKinds.MorningCheck,
                6.2,
                new()
                {
                    ["staff"] = member.Name,
                    ["celsius"] = (fever ? 37.6 : 36.2 + (random.NextDouble() * 0.7)).ToString(
                        "0.0",
                        System.Globalization.CultureInfo.InvariantCulture
                    ),
                    ["hands-washed"] = "yes",
                    ["hat"] = "yes",
                    ["mask"] = random.NextDouble() < 0.01 ? "no" : "yes",
                },
                member
            );
        }

        var lunch = string.Join("、", Enumerable.Range(0, 4).Select(_ => Pick(Dishes)).Distinct());
        Add(RecordKinds.Menu, 7, new() { ["meal"] = "lunch", ["dishes"] = lunch });
        Add(
            RecordKinds.Sample,
            11,
            new()
            {
                ["meal"] = "lunch",
                ["dish"] = lunch,
                ["grams"] = $"{random.Next(125, 180)}",
            }
        );
        Add(
            RecordKinds.Companion,
            11.7,
            new()
            {
                ["meal"] = "lunch",
                ["who"] = Pick(Surnames) + "校长",
                ["remarks"] = random.NextDouble() < 0.3 ? "菜品温度适中" : "",
            }
        );
        Add(
            RecordKinds.Disinfection,
            13.5,
            new()
            {
                ["what"] = "餐具",
                ["method"] = "heat",
                ["minutes"] = "20",
            }
        );
        Add(RecordKinds.Daily, 14, new() { ["passed"] = random.NextDouble() < 0.02 * quality ? "no" : "yes" });
        return count;
    }

    private int Case(Site site, DateTimeOffset midnight, DateTimeOffset now)
    {
        var at = midnight.AddHours(12 + (random.NextDouble() * 8));
        if (random.NextDouble() > 0.06 || at > now)
            return 0;
        var answered = at.AddHours(random.Next(3, 100));
        var answer = answered < now && random.NextDouble() < 0.97 ? "感谢反馈。已到现场核实,并要求食堂当日改正。" : null;
        var made = new FeedbackCase
        {
            Id = Id(at),
            SiteId = site.Id,
            Text = Pick(["今天的汤是凉的。", "孩子说米饭偏硬。", "希望增加水果。", "看到打饭师傅没戴手套。", "菜单和实际不一样。"]),
            AuthorId = "",
            CreatedAt = at,
            DueAt = at.AddDays(5),
            Answer = answer,
            AnsweredAt = answer is null ? null : answered,
        };
        db.Cases.Add(made);
        db.CaseSteps.Add(
            new CaseStep
            {
                CaseId = made.Id,
                At = at,
                PersonId = "",
                Step = CaseSteps.Report,
            }
        );
        if (answer is not null)
            db.CaseSteps.Add(
                new CaseStep
                {
                    CaseId = made.Id,
                    At = answered,
                    PersonId = "",
                    PersonName = "检查员",
                    Step = CaseSteps.Answer,
                    Text = answer,
                }
            );
        return 1;
    }

    private static DateTimeOffset Midnight(Site site, DateTimeOffset now, int daysAgo)
    {
        var local = TimeZoneInfo.ConvertTime(now, site.Zone).Date.AddDays(-daysAgo);
        return new DateTimeOffset(local, site.Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private static DateOnly RecordDay(Site site, DateTimeOffset midnight) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(midnight, site.Zone).DateTime);

    private int Poisson(double mean)
    {
        var (count, product, limit) = (0, random.NextDouble(), Math.Exp(-mean));
        for (; product > limit; count++)
            product *= random.NextDouble();
        return count;
    }

    private string Id(DateTimeOffset at) =>
        new Guid([.. Guid.CreateVersion7(at).ToByteArray(bigEndian: true).Take(6), .. Bytes(10)], bigEndian: true).ToString("N");

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private string Pick(string[] of) => of[random.Next(of.Length)];
}
