using System.Linq.Expressions;
using BrightKitchen.CentralServer.Identity;
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

/// <summary>
/// The system of record in SQLite; <see cref="PostgresDb"/> is its PostgreSQL variant. It has no knowledge of capabilities: each configures
/// its own entities and adds its tables to this context as extension members.
/// </summary>
public class CentralDb : IdentityDbContext<Person, IdentityRole, string>
{
    public CentralDb(DbContextOptions<CentralDb> options)
        : base(options) { }

    protected CentralDb(DbContextOptions options)
        : base(options) { }

    /// <summary>Milliseconds from one time to another, computed by the database.</summary>
    /// <exception cref="NotSupportedException">Called outside a query.</exception>
    public static long MillisecondsBetween(DateTimeOffset from, DateTimeOffset to) =>
        throw new NotSupportedException("It can only be used in queries.");

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        ArgumentNullException.ThrowIfNull(configurationBuilder);
        // SQLite cannot sort its text form of DateTimeOffset; milliseconds sort on every database.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();
        configurationBuilder.Conventions.Replace<ForeignKeyIndexConvention>(services => new IndexesByQuery(
            services.GetRequiredService<ProviderConventionSetBuilderDependencies>()
        ));
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.OnModelCreating(builder);
        // Times are stored as milliseconds, so the difference is a subtraction.
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

    // An index per foreign key would slow down every write, and referenced rows are not deleted in operation: the server's own tables have
    // only the indexes that queries use.
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
