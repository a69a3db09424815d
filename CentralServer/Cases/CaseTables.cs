using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Cases;

internal static class CaseTables
{
    extension(CentralDb db)
    {
        public DbSet<FeedbackCase> Cases => db.Set<FeedbackCase>();

        public DbSet<CaseStep> CaseSteps => db.Set<CaseStep>();
    }
}
