using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

internal static class DeviceTables
{
    extension(CentralDb db)
    {
        public DbSet<Box> Boxes => db.Set<Box>();

        public DbSet<Kiosk> Kiosks => db.Set<Kiosk>();

        public DbSet<EnrolmentCode> EnrolmentCodes => db.Set<EnrolmentCode>();

        public DbSet<Camera> Cameras => db.Set<Camera>();
    }
}
