using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Risk;

internal sealed class DrawStepConfiguration : IEntityTypeConfiguration<DrawStep>
{
    public void Configure(EntityTypeBuilder<DrawStep> builder)
    {
        builder.ToTable("DrawSteps");
        // A draw is drawn or dropped only once: if two officials act at the same time, the second is refused.
        builder.HasIndex(s => s.DrawId, "IX_DrawSteps_Once").IsUnique().HasFilter("\"Step\" <> 'result'");
        builder.HasIndex(s => s.DrawId, "IX_DrawSteps_Draw");
        builder.HasOne<InspectionDraw>().WithMany().HasForeignKey(s => s.DrawId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Person>().WithMany().HasForeignKey(s => s.PersonId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(s => s.PersonId).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.Step).HasMaxLength(ColumnLengths.Code);
        builder.Property(s => s.Text).HasMaxLength(DrawService.LongestText);
        builder.Property(s => s.Site).HasMaxLength(ColumnLengths.Id);
    }
}
