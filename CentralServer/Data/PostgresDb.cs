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
        foreach (var type in builder.Model.GetEntityTypes().Select(e => e.ClrType).Where(t => t.IsAssignableTo(typeof(IOrdered))).ToList())
        {
            builder.Entity(type).Property(nameof(IOrdered.Transaction)).HasDefaultValueSql(OwnTransaction);
            builder.Entity(type).HasIndex(nameof(IOrdered.Transaction), nameof(IOrdered.Id));
        }
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
