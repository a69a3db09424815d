using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Records;

internal sealed class StaffMemberConfiguration : IEntityTypeConfiguration<StaffMember>
{
    public void Configure(EntityTypeBuilder<StaffMember> builder)
    {
        builder.ToTable("Staff");
        builder.HasIndex(s => s.SiteId);
        builder.HasOne<Site>().WithMany().HasForeignKey(s => s.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(s => s.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.Name).HasMaxLength(StaffService.LongestName);
        builder.Property(s => s.Job).HasMaxLength(StaffService.LongestName);
        builder.Property(s => s.CertificatePicture).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(s => s.PinHash).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(s => s.BadgeHash).HasMaxLength(ColumnLengths.Sha256);
    }
}
