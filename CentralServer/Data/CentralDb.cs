using System.Linq.Expressions;
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
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BrightKitchen.CentralServer.Data;

/// <summary>The system of record, in SQLite; <see cref="PostgresDb"/> is the same in PostgreSQL.</summary>
public class CentralDb : IdentityDbContext<Person, IdentityRole, string>
{
    public CentralDb(DbContextOptions<CentralDb> options)
        : base(options) { }

    protected CentralDb(DbContextOptions options)
        : base(options) { }

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

    public DbSet<DrawStep> DrawSteps => Set<DrawStep>();

    public DbSet<StaffMember> Staff => Set<StaffMember>();

    public DbSet<KitchenRecord> Records => Set<KitchenRecord>();

    public DbSet<ApiToken> ApiTokens => Set<ApiToken>();

    public DbSet<Webhook> Webhooks => Set<Webhook>();

    public DbSet<PushSubscription> PushSubscriptions => Set<PushSubscription>();

    public DbSet<EventCursor> EventCursors => Set<EventCursor>();

    public DbSet<ChainEntry> ChainEntries => Set<ChainEntry>();

    /// <summary>Milliseconds from one time to another, worked out by the database.</summary>
    /// <exception cref="NotSupportedException">Called outside a query.</exception>
    public static long MillisecondsBetween(DateTimeOffset from, DateTimeOffset to) =>
        throw new NotSupportedException("Only queries use it.");

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        ArgumentNullException.ThrowIfNull(configurationBuilder);
        // SQLite cannot order its text form of a DateTimeOffset; milliseconds sort on every database.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();
        configurationBuilder.Conventions.Replace<ForeignKeyIndexConvention>(services => new IndexesByQuery(
            services.GetRequiredService<ProviderConventionSetBuilderDependencies>()
        ));
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.OnModelCreating(builder);
        // Times are stored as milliseconds.
        builder
            .HasDbFunction(typeof(CentralDb).GetMethod(nameof(MillisecondsBetween))!)
            .HasTranslation(times => new SqlBinaryExpression(
                ExpressionType.Subtract,
                times[1],
                times[0],
                typeof(long),
                LongTypeMapping.Default
            ));
        builder.ApplyConfigurationsFromAssembly(typeof(CentralDb).Assembly);
        foreach (var versioned in builder.Model.GetEntityTypes().Where(e => e.ClrType.IsAssignableTo(typeof(IVersioned))))
            versioned.FindProperty(nameof(IVersioned.Version))!.IsConcurrencyToken = true;
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        Count();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        Count();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private void Count()
    {
        foreach (var entry in ChangeTracker.Entries<IVersioned>().Where(e => e.State == EntityState.Modified))
            entry.Entity.Version++;
    }

    // An index for each foreign key would cost every finding and record a write, and what they name is not deleted in operation: own tables
    // have the indexes that queries use.
    private sealed class IndexesByQuery(ProviderConventionSetBuilderDependencies dependencies) : ForeignKeyIndexConvention(dependencies)
    {
        protected override IConventionIndex? CreateIndex(
            IReadOnlyList<IConventionProperty> properties,
            bool unique,
            IConventionEntityTypeBuilder entityTypeBuilder
        ) =>
            entityTypeBuilder.Metadata.ClrType.Assembly == typeof(CentralDb).Assembly
                ? null
                : base.CreateIndex(properties, unique, entityTypeBuilder);
    }

    private sealed class UtcMilliseconds()
        : ValueConverter<DateTimeOffset, long>(t => t.ToUnixTimeMilliseconds(), ms => DateTimeOffset.FromUnixTimeMilliseconds(ms));
}
