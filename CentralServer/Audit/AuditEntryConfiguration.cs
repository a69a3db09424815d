using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>
/// No foreign keys: the log outlives everything that it refers to. Subject and detail are unbounded: an action must not fail because its
/// entry is long.
/// </summary>
internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("AuditEntries");
        builder.HasKey(e => e.Number);
        builder.Property(e => e.Number).ValueGeneratedNever();
        builder.Property(e => e.PersonId).HasMaxLength(ColumnLengths.Actor);
        builder.Property(e => e.Action).HasMaxLength(ColumnLengths.Code);
        builder.Property(e => e.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(e => e.Before).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(e => e.Hash).HasMaxLength(ColumnLengths.Sha256);
    }
}
