using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BrightKitchen.CentralServer.Integration;

internal sealed class EventCursorConfiguration : IEntityTypeConfiguration<EventCursor>
{
    public void Configure(EntityTypeBuilder<EventCursor> builder)
    {
        builder.ToTable("EventCursors");
        builder.HasKey(c => c.Name);
        // The longest name is "webhook/" and an id.
        builder.Property(c => c.Name).HasMaxLength(ColumnLengths.Code + ColumnLengths.Id);
        builder.Property(c => c.LastFault).HasMaxLength(EventDispatcher.LongestFault);
    }
}
