using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Findings.Life;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace BrightKitchen.CentralServer.Data;

/// <summary>The system of record in PostgreSQL; a type of its own because each database has its own migrations.</summary>
public sealed class PostgresDb(DbContextOptions<PostgresDb> options) : CentralDb(options), IDataProtectionKeyContext
{
    private const string OwnTransaction = "(pg_current_xact_id()::text)::bigint";

    /// <summary>What cookies are encrypted with; here, as several servers must read one another's.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.OnModelCreating(builder);
        // Numbers are given before the commit, so that the order in which they become visible is known by the transaction alone.
        builder.Entity<FindingStep>().Property(s => s.Transaction).HasDefaultValueSql(OwnTransaction);
        builder.Entity<FindingStep>().HasIndex(s => new { s.Transaction, s.Id });
        builder.Entity<CaseStep>().Property(s => s.Transaction).HasDefaultValueSql(OwnTransaction);
        builder.Entity<CaseStep>().HasIndex(s => new { s.Transaction, s.Id });
    }

    /// <summary>
    /// For <c>dotnet ef migrations add NAME --context PostgresDb -o Data/PostgresMigrations</c>, which connects to nothing.
    /// </summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<PostgresDb>
    {
        public PostgresDb CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql("Host=nowhere").Options);
    }
}
