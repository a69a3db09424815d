using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Cases;

internal sealed class FeedbackCaseConfiguration : IEntityTypeConfiguration<FeedbackCase>
{
    public void Configure(EntityTypeBuilder<FeedbackCase> builder)
    {
        builder.ToTable("Cases");
        builder.HasIndex(c => c.SiteId);
        builder.HasIndex(c => c.AuthorId);
        builder.HasIndex(c => c.DueAt).HasFilter("\"Answer\" IS NULL");
        // No foreign key to the author: a visitor has no row.
        builder.HasOne<Site>().WithMany().HasForeignKey(c => c.SiteId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Region>().WithMany().HasForeignKey(c => c.HandedToRegionId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(c => c.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(c => c.SiteId).HasMaxLength(ColumnLengths.Id);
        builder.Property(c => c.Text).HasMaxLength(CaseService.LongestText);
        builder.Property(c => c.Picture).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(c => c.TicketHash).HasMaxLength(ColumnLengths.Sha256);
        builder.Property(c => c.AuthorId).HasMaxLength(ColumnLengths.Id);
        builder.Property(c => c.HandedToRegionId).HasMaxLength(ColumnLengths.Id);
        builder.Property(c => c.PublicText).HasMaxLength(CaseService.LongestText);
        builder.Property(c => c.Answer).HasMaxLength(CaseService.LongestText);
    }
}
