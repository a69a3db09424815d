using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BrightKitchen.CentralServer.Data;

/// <summary>The system of record.</summary>
public sealed class CentralDb(DbContextOptions<CentralDb> options) : IdentityDbContext<Person, IdentityRole, string>(options)
{
    public DbSet<Site> Sites => Set<Site>();

    public DbSet<Grant> Grants => Set<Grant>();

    public DbSet<Box> Boxes => Set<Box>();

    public DbSet<EnrolmentCode> EnrolmentCodes => Set<EnrolmentCode>();

    public DbSet<Camera> Cameras => Set<Camera>();

    public DbSet<Finding> Findings => Set<Finding>();

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
        builder.Entity<Grant>().HasKey(g => new { g.PersonId, g.SiteId });
        builder.Entity<Camera>().HasKey(c => new { c.BoxId, c.Id });
        builder.Entity<EnrolmentCode>().HasKey(c => c.Hash);
        builder.Entity<Finding>().HasIndex(f => new { f.SiteId, f.OpenedAt });
        builder.Entity<Box>().HasIndex(b => b.SiteId);
        builder.Entity<ChainEntry>().HasKey(e => new { e.BoxId, e.Hash });
        builder.Entity<ChainEntry>().HasIndex(e => new { e.BoxId, e.Number });
        builder.Entity<ChainEntry>().HasIndex(e => e.FindingId);
    }

    private sealed class UtcMilliseconds() : ValueConverter<DateTimeOffset, long>(t => t.ToUnixTimeMilliseconds(), ms => DateTimeOffset.FromUnixTimeMilliseconds(ms));
}
