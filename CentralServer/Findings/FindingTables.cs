using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings.Life;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

internal static class FindingTables
{
    extension(CentralDb db)
    {
        public DbSet<Finding> Findings => db.Set<Finding>();

        public DbSet<FindingStep> FindingSteps => db.Set<FindingStep>();
    }
}
