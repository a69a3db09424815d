using BrightKitchen.CentralServer.Sites;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>The devices of the signed-in person's sites.</summary>
internal static class DeviceScope
{
    extension(SiteScope scope)
    {
        public IQueryable<Box> Boxes
        {
            get
            {
                var sites = scope.Sites;
                return scope.Db.Boxes.Where(b => sites.Any(s => s.Id == b.SiteId));
            }
        }

        public IQueryable<Kiosk> Kiosks
        {
            get
            {
                var sites = scope.Sites;
                return scope.Db.Kiosks.Where(k => sites.Any(s => s.Id == k.SiteId));
            }
        }

        public IQueryable<Camera> Cameras
        {
            get
            {
                var boxes = scope.Boxes;
                return scope.Db.Cameras.Where(c => boxes.Any(b => b.Id == c.BoxId && b.RevokedAt == null));
            }
        }
    }
}
