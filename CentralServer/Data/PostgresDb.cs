using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace BrightKitchen.CentralServer.Data;

/// <summary>The system of record in PostgreSQL; a separate type because each database has its own migrations.</summary>
public sealed class PostgresDb(DbContextOptions<PostgresDb> options) : CentralDb(options), IDataProtectionKeyContext
{
    private const string OwnTransaction = "(pg_current_xact_id()::text)::bigint";

    /// <summary>Data protection keys, stored here because several servers must decrypt each other's cookies.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.OnModelCreating(builder);
        // Ids are assigned before the commit, so only the transaction shows in which order rows become visible.
        foreach (var type in builder.Model.GetEntityTypes().Select(e => e.ClrType).Where(t => t.IsAssignableTo(typeof(IOrdered))).ToList())
        {
            builder.Entity(type).Property(nameof(IOrdered.Transaction)).HasDefaultValueSql(OwnTransaction);
            builder.Entity(type).HasIndex(nameof(IOrdered.Transaction), nameof(IOrdered.Id));
        }
    }

    /// <summary>
    /// Design-time factory for <c>dotnet ef migrations add NAME --context PostgresDb -o Data/PostgresMigrations</c>; opens no connection.
    /// </summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<PostgresDb>
    {
        public PostgresDb CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql("Host=nowhere").Options);
    }
}
