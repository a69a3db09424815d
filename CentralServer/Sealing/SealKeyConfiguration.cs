using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Sealing;

internal sealed class SealKeyConfiguration : IEntityTypeConfiguration<SealKey>
{
    public void Configure(EntityTypeBuilder<SealKey> builder)
    {
        builder.ToTable("SealKeys");
        builder.Property(k => k.Id).ValueGeneratedNever();
        builder.Property(k => k.Private).HasMaxLength(ColumnLengths.Protected);
    }
}
