using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Kiosks;

internal static class KioskTables
{
    extension(CentralDb db)
    {
        public DbSet<KioskReceipt> KioskReceipts => db.Set<KioskReceipt>();
    }
}
