using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Risk;

internal sealed class InspectionDrawConfiguration : IEntityTypeConfiguration<InspectionDraw>
{
    public void Configure(EntityTypeBuilder<InspectionDraw> builder)
    {
        builder.ToTable("Draws");
        builder.HasOne<Region>().WithMany().HasForeignKey(d => d.RegionId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Person>().WithMany().HasForeignKey(d => d.PersonId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(d => d.PersonId).HasMaxLength(ColumnLengths.Id);
        builder.Property(d => d.RegionId).HasMaxLength(ColumnLengths.Id);
        builder.Property(d => d.Seed).HasMaxLength(ColumnLengths.Protected);
        builder.Property(d => d.Commitment).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(d => d.Source).HasMaxLength(DrawService.LongestSource);
    }
}
