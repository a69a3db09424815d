using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Devices;

internal sealed class BoxConfiguration : IEntityTypeConfiguration<Box>
{
    public void Configure(EntityTypeBuilder<Box> builder)
    {
        builder.ToTable("Boxes");
        builder.HasIndex(b => b.SiteId);
        builder.HasOne<Site>().WithMany().HasForeignKey(b => b.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(b => b.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(b => b.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(b => b.Name).HasMaxLength(FindingReport.LongestText);
        builder.Property(b => b.PublicKey).HasMaxLength(Enrolment.LongestKey);
    }
}
