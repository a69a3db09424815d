using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Risk;

internal static class RiskTables
{
    extension(CentralDb db)
    {
        public DbSet<SiteRisk> Risks => db.Set<SiteRisk>();

        public DbSet<InspectionDraw> Draws => db.Set<InspectionDraw>();

        public DbSet<DrawStep> DrawSteps => db.Set<DrawStep>();
    }
}
