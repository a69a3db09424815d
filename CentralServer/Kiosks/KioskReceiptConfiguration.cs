using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Kiosks;

internal sealed class KioskReceiptConfiguration : IEntityTypeConfiguration<KioskReceipt>
{
    public void Configure(EntityTypeBuilder<KioskReceipt> builder)
    {
        builder.ToTable("KioskReceipts");
        builder.HasOne<Kiosk>().WithMany().HasForeignKey(r => r.KioskId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(r => r.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.KioskId).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.Fault).HasMaxLength(FindingReport.LongestText);
    }
}
