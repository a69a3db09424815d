using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Findings.Life;

internal sealed class FindingStepConfiguration : IEntityTypeConfiguration<FindingStep>
{
    public void Configure(EntityTypeBuilder<FindingStep> builder)
    {
        builder.ToTable("FindingSteps");
        builder.HasIndex(s => s.FindingId);
        // No foreign key to the person: the system and staff at a kiosk have no row there.
        builder.HasOne<Finding>().WithMany().HasForeignKey(s => s.FindingId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(s => s.FindingId).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.PersonId).HasMaxLength(ColumnLengths.Actor);
        builder.Property(s => s.PersonName).HasMaxLength(ColumnLengths.PersonName);
        builder.Property(s => s.Step).HasMaxLength(ColumnLengths.Code);
        builder.Property(s => s.From).HasMaxLength(ColumnLengths.Code);
        builder.Property(s => s.To).HasMaxLength(ColumnLengths.Code);
        builder.Property(s => s.Text).HasMaxLength(WorkflowService.LongestText);
        builder.Property(s => s.Picture).HasMaxLength(ColumnLengths.Sha256);
    }
}
