using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Sites;

internal sealed class RegionConfiguration : IEntityTypeConfiguration<Region>
{
    public void Configure(EntityTypeBuilder<Region> builder)
    {
        builder.ToTable("Regions");
        builder.HasOne<Region>().WithMany().HasForeignKey(r => r.ParentId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(r => r.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.ParentId).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.Name).HasMaxLength(ColumnLengths.PlaceName);
        builder.Property(r => r.Level).HasMaxLength(ColumnLengths.Code);
        builder.Property(r => r.Path).HasMaxLength(ColumnLengths.RegionPath);
    }
}
