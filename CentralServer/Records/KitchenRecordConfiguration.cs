using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Records;

internal sealed class KitchenRecordConfiguration : IEntityTypeConfiguration<KitchenRecord>
{
    public void Configure(EntityTypeBuilder<KitchenRecord> builder)
    {
        builder.ToTable("Records");
        builder.HasIndex(r => new { r.SiteId, r.Day });
        builder.HasIndex(r => r.Corrects).HasFilter("\"Corrects\" IS NOT NULL");
        // No foreign key to the person: a member of staff who enters a record at a kiosk has no account.
        builder.HasOne<Site>().WithMany().HasForeignKey(r => r.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(r => r.StaffId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<KitchenRecord>().WithMany().HasForeignKey(r => r.Corrects).OnDelete(DeleteBehavior.Restrict);
        builder.Property(r => r.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.Kind).HasMaxLength(ColumnLengths.Code);
        builder.Property(r => r.PersonId).HasMaxLength(ColumnLengths.Actor);
        builder.Property(r => r.PersonName).HasMaxLength(ColumnLengths.PersonName);
        builder.Property(r => r.StaffId).HasMaxLength(ColumnLengths.Id);
        builder.Property(r => r.Picture).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(r => r.Corrects).HasMaxLength(ColumnLengths.Id);
    }
}
