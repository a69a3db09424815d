using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Sites;

internal sealed class AreaConfiguration : IEntityTypeConfiguration<Area>
{
    public void Configure(EntityTypeBuilder<Area> builder)
    {
        builder.ToTable("Areas");
        builder.HasIndex(a => a.SiteId);
        builder.HasOne<Site>().WithMany().HasForeignKey(a => a.SiteId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(a => a.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(a => a.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(a => a.Name).HasMaxLength(Area.LongestName);
        builder.Property(a => a.Kind).HasMaxLength(ColumnLengths.Code);
    }
}
