using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

internal static class EvidenceTables
{
    extension(CentralDb db)
    {
        public DbSet<ChainEntry> ChainEntries => db.Set<ChainEntry>();
    }
}
