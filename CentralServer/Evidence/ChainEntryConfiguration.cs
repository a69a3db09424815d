using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Evidence;

internal sealed class ChainEntryConfiguration : IEntityTypeConfiguration<ChainEntry>
{
    public void Configure(EntityTypeBuilder<ChainEntry> builder)
    {
        builder.ToTable("ChainEntries");
        builder.HasKey(e => new { e.BoxId, e.Hash });
        builder.HasIndex(e => new { e.BoxId, e.Number });
        builder.HasIndex(e => e.FindingId);
        // No foreign key to the finding: an entry is stored whether or not its finding has arrived.
        builder.HasOne<Box>().WithMany().HasForeignKey(e => e.BoxId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(e => e.BoxId).HasMaxLength(ColumnLengths.Id);
        builder.Property(e => e.Hash).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(e => e.FindingId).HasMaxLength(ColumnLengths.Id);
        builder.Property(e => e.What).HasMaxLength(FindingReport.LongestText);
    }
}
