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
        // Covers the queries of the wall and the reports, which count findings per site and period: answered from the index alone, without
        // reading rows or sorting.
        builder.HasIndex(f => new
        {
            f.SiteId,
            f.OpenedAt,
            f.Kind,
            f.Stage,
        });
        builder.HasIndex(f => f.OpenedAt);
        builder.HasIndex(f => f.DueAt);
        // Partial indexes: few findings are overdue or appealed, however many findings there are.
        builder.HasIndex(f => f.OverdueSince).HasFilter("\"OverdueSince\" IS NOT NULL");
        builder.HasIndex(f => f.AppealedAt).HasFilter("\"AppealedAt\" IS NOT NULL");
        builder.HasIndex(f => new { f.Stage, f.OpenedAt });
        builder.HasIndex(f => new { f.Kind, f.OpenedAt });
        // For a school's public page, the most visited page.
        builder.HasIndex(f => new
        {
            f.SiteId,
            f.Stage,
            f.OpenedAt,
        });
        // Newest first among closed and among open findings, without sorting.
        builder.HasIndex(f => f.OpenedAt, "IX_Findings_Open").HasFilter("\"OverAt\" IS NULL");
        builder.HasIndex(f => f.OpenedAt, "IX_Findings_Over").HasFilter("\"OverAt\" IS NOT NULL");
        // For the review desk's order: most urgent first.
        builder.HasIndex(f => new { f.Tier, f.OpenedAt }, "IX_Findings_Pressing").HasFilter("\"OverAt\" IS NULL");
        // No foreign key to the camera: a finding may arrive before its camera is reported, and is stored longer than the camera.
        builder.HasOne<Site>().WithMany().HasForeignKey(f => f.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Box>().WithMany().HasForeignKey(f => f.BoxId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(f => f.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(f => f.BoxId).HasMaxLength(ColumnLengths.Id);
        builder.Property(f => f.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(f => f.Camera).HasMaxLength(CameraId.Longest);
        builder.Property(f => f.Zone).HasMaxLength(FindingReport.LongestText);
        builder.Property(f => f.Kind).HasMaxLength(FindingReport.LongestText);
        builder.Property(f => f.Stage).HasMaxLength(ColumnLengths.Code);
        // FindingIntake joins the names with ", ".
        builder.Property(f => f.Models).HasMaxLength(FindingReport.MostModels * (FindingReport.LongestText + 2));
        builder.Property(f => f.Note).HasMaxLength(FindingReport.LongestNote);
        builder.Property(f => f.StillSha256).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(f => f.ClipSha256).HasMaxLength(ColumnLengths.Sha256);
    }
}
