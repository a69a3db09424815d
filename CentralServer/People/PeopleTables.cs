using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

internal static class PeopleTables
{
    extension(CentralDb db)
    {
        public DbSet<Invitation> Invitations => db.Set<Invitation>();
    }
}
