using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Push;

internal static class PushTables
{
    extension(CentralDb db)
    {
        public DbSet<PushSubscription> PushSubscriptions => db.Set<PushSubscription>();
    }
}
