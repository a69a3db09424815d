using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

internal static class RecordTables
{
    extension(CentralDb db)
    {
        public DbSet<StaffMember> Staff => db.Set<StaffMember>();

        public DbSet<KitchenRecord> Records => db.Set<KitchenRecord>();
    }
}
