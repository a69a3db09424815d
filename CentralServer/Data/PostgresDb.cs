using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace BrightKitchen.CentralServer.Data;

/// <summary>The system of record in PostgreSQL; a type of its own because each database has its own migrations.</summary>
public sealed class PostgresDb(DbContextOptions<PostgresDb> options) : CentralDb(options), IDataProtectionKeyContext
{
    /// <summary>What cookies are encrypted with; here, as several servers must read one another's.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>For <c>dotnet ef migrations add NAME --context PostgresDb -o Data/PostgresMigrations</c>, which connects to nothing.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<PostgresDb>
    {
        public PostgresDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql("Host=nowhere").Options);
    }
}
