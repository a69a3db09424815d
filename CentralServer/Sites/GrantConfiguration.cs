using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Sites;

internal sealed class GrantConfiguration : IEntityTypeConfiguration<Grant>
{
    public void Configure(EntityTypeBuilder<Grant> builder)
    {
        builder.ToTable("Grants");
        builder.HasIndex(g => g.PersonId);
        builder.HasOne<Person>().WithMany().HasForeignKey(g => g.PersonId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Site>().WithMany().HasForeignKey(g => g.SiteId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Region>().WithMany().HasForeignKey(g => g.RegionId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(g => g.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(g => g.PersonId).HasMaxLength(ColumnLengths.Id);
        builder.Property(g => g.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(g => g.RegionId).HasMaxLength(ColumnLengths.Id);
        builder.Property(g => g.RegionPath).HasMaxLength(ColumnLengths.RegionPath);
    }
}
