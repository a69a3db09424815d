using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sealing;

internal static class SealingTables
{
    extension(CentralDb db)
    {
        public DbSet<SealKey> SealKeys => db.Set<SealKey>();
    }
}
