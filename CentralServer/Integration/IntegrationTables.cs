using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

internal static class IntegrationTables
{
    extension(CentralDb db)
    {
        public DbSet<ApiToken> ApiTokens => db.Set<ApiToken>();

        public DbSet<Webhook> Webhooks => db.Set<Webhook>();

        public DbSet<EventCursor> EventCursors => db.Set<EventCursor>();
    }
}
