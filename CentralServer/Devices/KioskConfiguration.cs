using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Devices;

internal sealed class KioskConfiguration : IEntityTypeConfiguration<Kiosk>
{
    public void Configure(EntityTypeBuilder<Kiosk> builder)
    {
        builder.ToTable("Kiosks");
        builder.HasIndex(k => k.SiteId);
        builder.HasOne<Site>().WithMany().HasForeignKey(k => k.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(k => k.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(k => k.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(k => k.Name).HasMaxLength(FindingReport.LongestText);
        builder.Property(k => k.PublicKey).HasMaxLength(Enrolment.LongestKey);
    }
}
