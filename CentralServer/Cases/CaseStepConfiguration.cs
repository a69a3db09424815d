using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Cases;

internal sealed class CaseStepConfiguration : IEntityTypeConfiguration<CaseStep>
{
    public void Configure(EntityTypeBuilder<CaseStep> builder)
    {
        builder.ToTable("CaseSteps");
        builder.HasIndex(s => s.CaseId);
        // No foreign key to the person: the step of a report names none, so that its author cannot be identified.
        builder.HasOne<FeedbackCase>().WithMany().HasForeignKey(s => s.CaseId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(s => s.CaseId).HasMaxLength(ColumnLengths.Id);
        builder.Property(s => s.PersonId).HasMaxLength(ColumnLengths.Actor);
        builder.Property(s => s.PersonName).HasMaxLength(ColumnLengths.PersonName);
        builder.Property(s => s.Step).HasMaxLength(ColumnLengths.Code);
        builder.Property(s => s.Text).HasMaxLength(CaseService.LongestText);
    }
}
