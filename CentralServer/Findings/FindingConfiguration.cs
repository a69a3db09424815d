using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Findings;

internal sealed class FindingConfiguration : IEntityTypeConfiguration<Finding>
{
    public void Configure(EntityTypeBuilder<Finding> builder)
    {
        builder.ToTable("Findings");
        // The wall and the reports count a period's findings site by site: all they ask for is in the index, no row is read, nothing is
        // sorted.
        builder.HasIndex(f => new
        {
            f.SiteId,
            f.OpenedAt,
            f.Kind,
            f.Stage,
        });
        builder.HasIndex(f => f.OpenedAt);
        builder.HasIndex(f => f.DueAt);
        // The lists of what is late and of what was appealed are short, however many findings there are.
        builder.HasIndex(f => f.OverdueSince).HasFilter("\"OverdueSince\" IS NOT NULL");
        builder.HasIndex(f => f.AppealedAt).HasFilter("\"AppealedAt\" IS NOT NULL");
        builder.HasIndex(f => new { f.Stage, f.OpenedAt });
        builder.HasIndex(f => new { f.Kind, f.OpenedAt });
        // A school's public page, the most visited of all.
        builder.HasIndex(f => new
        {
            f.SiteId,
            f.Stage,
            f.OpenedAt,
        });
        // Newest first among what is over, and among what is not: no sorting however many there are.
        builder.HasIndex(f => f.OpenedAt, "IX_Findings_Open").HasFilter("\"OverAt\" IS NULL");
        builder.HasIndex(f => f.OpenedAt, "IX_Findings_Over").HasFilter("\"OverAt\" IS NOT NULL");
        // The desk's order: the most pressing first.
        builder.HasIndex(f => new { f.Tier, f.OpenedAt }, "IX_Findings_Pressing").HasFilter("\"OverAt\" IS NULL");
        // None to the camera: a finding may arrive before its camera is reported, and outlives it.
        builder.HasOne<Site>().WithMany().HasForeignKey(f => f.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Box>().WithMany().HasForeignKey(f => f.BoxId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(f => f.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(f => f.BoxId).HasMaxLength(ColumnLengths.Id);
        builder.Property(f => f.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(f => f.Camera).HasMaxLength(CameraId.Longest);
        builder.Property(f => f.Zone).HasMaxLength(FindingReport.LongestText);
        builder.Property(f => f.Kind).HasMaxLength(FindingReport.LongestText);
        builder.Property(f => f.Stage).HasMaxLength(ColumnLengths.Code);
        // As FindingIntake joins the names.
        builder.Property(f => f.Models).HasMaxLength(FindingReport.MostModels * (FindingReport.LongestText + 2));
        builder.Property(f => f.Note).HasMaxLength(FindingReport.LongestNote);
        builder.Property(f => f.StillSha256).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(f => f.ClipSha256).HasMaxLength(ColumnLengths.Sha256);
    }
}
