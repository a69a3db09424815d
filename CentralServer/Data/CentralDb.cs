using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BrightKitchen.CentralServer.Data;

/// <summary>The system of record, in SQLite; <see cref="PostgresDb"/> is the same in PostgreSQL.</summary>
public class CentralDb : IdentityDbContext<Person, IdentityRole, string>
{
    public CentralDb(DbContextOptions<CentralDb> options)
        : base(options)
    {
    }

    protected CentralDb(DbContextOptions options)
        : base(options)
    {
    }

    public DbSet<Site> Sites => Set<Site>();

    public DbSet<Region> Regions => Set<Region>();

    public DbSet<Area> Areas => Set<Area>();

    public DbSet<Grant> Grants => Set<Grant>();

    public DbSet<Invitation> Invitations => Set<Invitation>();

    public DbSet<Box> Boxes => Set<Box>();

    public DbSet<Kiosk> Kiosks => Set<Kiosk>();

    public DbSet<KioskReceipt> KioskReceipts => Set<KioskReceipt>();

    public DbSet<EnrolmentCode> EnrolmentCodes => Set<EnrolmentCode>();

    public DbSet<Camera> Cameras => Set<Camera>();

    public DbSet<Finding> Findings => Set<Finding>();

    public DbSet<FindingStep> FindingSteps => Set<FindingStep>();

    public DbSet<FeedbackCase> Cases => Set<FeedbackCase>();

    public DbSet<CaseStep> CaseSteps => Set<CaseStep>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<SealKey> SealKeys => Set<SealKey>();

    public DbSet<SiteRisk> Risks => Set<SiteRisk>();

    public DbSet<InspectionDraw> Draws => Set<InspectionDraw>();

    public DbSet<StaffMember> Staff => Set<StaffMember>();

    public DbSet<KitchenRecord> Records => Set<KitchenRecord>();

    public DbSet<ApiToken> ApiTokens => Set<ApiToken>();

    public DbSet<Webhook> Webhooks => Set<Webhook>();

    public DbSet<PushSubscription> PushSubscriptions => Set<PushSubscription>();

    public DbSet<EventCursor> EventCursors => Set<EventCursor>();

    public DbSet<ChainEntry> ChainEntries => Set<ChainEntry>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        ArgumentNullException.ThrowIfNull(configurationBuilder);
        // SQLite cannot order its text form of a DateTimeOffset; milliseconds sort on every database.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.OnModelCreating(builder);
        builder.Entity<Site>().HasIndex(s => s.RegionPath);
        builder.Entity<Area>().HasIndex(a => a.SiteId);
        builder.Entity<Grant>().HasIndex(g => g.PersonId);
        builder.Entity<Invitation>().HasKey(i => i.Hash);
        builder.Entity<Camera>().HasKey(c => new { c.BoxId, c.Id });
        builder.Entity<EnrolmentCode>().HasKey(c => c.Hash);
        builder.Entity<EnrolmentCode>().Property(c => c.For).HasDefaultValue(EnrolmentCode.Box);
        builder.Entity<Kiosk>().HasIndex(k => k.SiteId);
        // The wall and the reports count a period's findings site by site: all they ask for is in the index, no row is read and nothing is sorted.
        builder.Entity<Finding>().HasIndex(f => new { f.SiteId, f.OpenedAt, f.Kind, f.Stage });
        builder.Entity<Finding>().HasIndex(f => f.OpenedAt);
        builder.Entity<Finding>().HasIndex(f => f.DueAt);
        // The lists of what is late and of what was appealed are short, however many findings there are.
        builder.Entity<Finding>().HasIndex(f => f.OverdueSince).HasFilter("\"OverdueSince\" IS NOT NULL");
        builder.Entity<Finding>().HasIndex(f => f.AppealedAt).HasFilter("\"AppealedAt\" IS NOT NULL");
        builder.Entity<Finding>().HasIndex(f => new { f.Stage, f.OpenedAt });
        builder.Entity<Finding>().HasIndex(f => new { f.Kind, f.OpenedAt });
        // A school's public page, the most visited of all.
        builder.Entity<Finding>().HasIndex(f => new { f.SiteId, f.Stage, f.OpenedAt });
        // Newest first among what is over, and among what is not: no sorting however many there are.
        builder.Entity<Finding>().HasIndex(f => f.OpenedAt, "IX_Findings_Open").HasFilter("\"OverAt\" IS NULL");
        builder.Entity<Finding>().HasIndex(f => f.OpenedAt, "IX_Findings_Over").HasFilter("\"OverAt\" IS NOT NULL");
        // The desk's order: the most pressing first.
        builder.Entity<Finding>().HasIndex(f => new { f.Tier, f.OpenedAt }, "IX_Findings_Pressing").HasFilter("\"OverAt\" IS NULL");
        builder.Entity<SealKey>().Property(k => k.Id).ValueGeneratedNever();
        builder.Entity<SiteRisk>().HasIndex(r => r.Score);
        builder.Entity<StaffMember>().HasIndex(s => s.SiteId);
        builder.Entity<KitchenRecord>().HasIndex(r => new { r.SiteId, r.Day });
        builder.Entity<KitchenRecord>().HasIndex(r => r.Corrects).HasFilter("\"Corrects\" IS NOT NULL");
        builder.Entity<ApiToken>().HasIndex(t => t.Hash).IsUnique();
        builder.Entity<ApiToken>().HasIndex(t => t.PersonId);
        builder.Entity<Webhook>().HasIndex(w => w.PersonId);
        builder.Entity<PushSubscription>().HasIndex(s => s.PersonId);
        builder.Entity<EventCursor>().HasKey(c => c.Name);
        builder.Entity<FindingStep>().HasIndex(s => s.FindingId);
        builder.Entity<FeedbackCase>().HasIndex(c => c.SiteId);
        builder.Entity<FeedbackCase>().HasIndex(c => c.AuthorId);
        builder.Entity<FeedbackCase>().HasIndex(c => c.DueAt).HasFilter("\"Answer\" IS NULL");
        builder.Entity<CaseStep>().HasIndex(s => s.CaseId);
        builder.Entity<AuditEntry>().HasKey(e => e.Number);
        builder.Entity<AuditEntry>().Property(e => e.Number).ValueGeneratedNever();
        builder.Entity<Box>().HasIndex(b => b.SiteId);
        builder.Entity<ChainEntry>().HasKey(e => new { e.BoxId, e.Hash });
        builder.Entity<ChainEntry>().HasIndex(e => new { e.BoxId, e.Number });
        builder.Entity<ChainEntry>().HasIndex(e => e.FindingId);
    }

    private sealed class UtcMilliseconds() : ValueConverter<DateTimeOffset, long>(t => t.ToUnixTimeMilliseconds(), ms => DateTimeOffset.FromUnixTimeMilliseconds(ms));
}
