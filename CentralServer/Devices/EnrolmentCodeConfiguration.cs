using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Devices;

internal sealed class EnrolmentCodeConfiguration : IEntityTypeConfiguration<EnrolmentCode>
{
    public void Configure(EntityTypeBuilder<EnrolmentCode> builder)
    {
        builder.ToTable("EnrolmentCodes");
        builder.HasKey(c => c.Hash);
        builder.HasOne<Site>().WithMany().HasForeignKey(c => c.SiteId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(c => c.Hash).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(c => c.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(c => c.For).HasMaxLength(ColumnLengths.Code).HasDefaultValue(EnrolmentCode.Box);
    }
}
