using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Risk;

internal sealed class SiteRiskConfiguration : IEntityTypeConfiguration<SiteRisk>
{
    public void Configure(EntityTypeBuilder<SiteRisk> builder)
    {
        builder.ToTable("Risks");
        builder.HasIndex(r => r.Score);
        builder.HasOne<Site>().WithOne().HasForeignKey<SiteRisk>(r => r.SiteId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(r => r.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.Grade).HasMaxLength(ColumnLengths.Code);
    }
}
