using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Integration;

internal sealed class WebhookConfiguration : IEntityTypeConfiguration<Webhook>
{
    public void Configure(EntityTypeBuilder<Webhook> builder)
    {
        builder.ToTable("Webhooks");
        builder.HasIndex(w => w.PersonId);
        builder.HasOne<Person>().WithMany().HasForeignKey(w => w.PersonId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(w => w.Id).HasMaxLength(ColumnLengths.Id);
        builder.Property(w => w.PersonId).HasMaxLength(ColumnLengths.Id);
        builder.Property(w => w.Url).HasMaxLength(OutboundHttp.LongestUrl);
        builder.Property(w => w.Secret).HasMaxLength(ColumnLengths.Protected);
    }
}
