using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

internal static class SiteTables
{
    extension(CentralDb db)
    {
        public DbSet<Site> Sites => db.Set<Site>();

        public DbSet<Region> Regions => db.Set<Region>();

        public DbSet<Area> Areas => db.Set<Area>();

        public DbSet<Grant> Grants => db.Set<Grant>();
    }
}
