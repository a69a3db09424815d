using BrightKitchen.CentralServer.Data;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Devices;

internal sealed class CameraConfiguration : IEntityTypeConfiguration<Camera>
{
    public void Configure(EntityTypeBuilder<Camera> builder)
    {
        builder.ToTable("Cameras");
        builder.HasKey(c => new { c.BoxId, c.Id });
        builder.HasOne<Box>().WithMany().HasForeignKey(c => c.BoxId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(c => c.BoxId).HasMaxLength(ColumnLengths.Id);
        builder.Property(c => c.Id).HasMaxLength(CameraId.Longest);
        builder.Property(c => c.Name).HasMaxLength(FindingReport.LongestText);
        builder.Property(c => c.State).HasMaxLength(FindingReport.LongestText);
        builder.Property(c => c.Detail).HasMaxLength(FindingReport.LongestText);
    }
}
