using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Integration;

internal sealed class ApiTokenConfiguration : IEntityTypeConfiguration<ApiToken>
{
    public void Configure(EntityTypeBuilder<ApiToken> builder)
    {
        builder.ToTable("ApiTokens");
        builder.HasIndex(t => t.Hash).IsUnique();
        builder.HasIndex(t => t.PersonId);
        builder.HasOne<Person>().WithMany().HasForeignKey(t => t.PersonId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(t => t.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(t => t.PersonId).HasMaxLength(ColumnLengths.Id);
        builder.Property(t => t.Name).HasMaxLength(ApiTokens.LongestName);
        builder.Property(t => t.Hash).HasMaxLength(ColumnLengths.Sha256);
        // Several scope names, with room for future scopes.
        builder.Property(t => t.Scopes).HasMaxLength(10 * ColumnLengths.Code);
    }
}
