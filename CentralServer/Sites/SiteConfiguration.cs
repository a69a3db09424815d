using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Sites;

internal sealed class SiteConfiguration : IEntityTypeConfiguration<Site>
{
    public void Configure(EntityTypeBuilder<Site> builder)
    {
        builder.ToTable("Sites");
        builder.HasIndex(s => s.RegionPath);
        builder.HasIndex(s => s.VisitToken).IsUnique();
        builder.HasOne<Region>().WithMany().HasForeignKey(s => s.RegionId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(s => s.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.Name).HasMaxLength(ColumnLengths.PlaceName);
        builder.Property(s => s.Kind).HasMaxLength(ColumnLengths.Code);
        builder.Property(s => s.RegionId).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.RegionPath).HasMaxLength(ColumnLengths.RegionPath);
        // A new token has 26 characters; sites older than tokens have 32 hexadecimal digits.
        builder.Property(s => s.VisitToken).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.TimeZone).HasMaxLength(ColumnLengths.TimeZone);
    }
}
