using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace BrightKitchen.CentralServer.Data;

/// <summary>Queries whose answer is by chance: a limit without an order.</summary>
internal static class QueryWarnings
{
    /// <summary>With <c>Database:Strict</c>, which the tests set, such a query fails; else it is logged.</summary>
    public static DbContextOptionsBuilder Watch(this DbContextOptionsBuilder db, IConfiguration configuration) =>
        configuration.GetValue<bool>("Database:Strict")
            ? db.ConfigureWarnings(w =>
                w.Throw(CoreEventId.RowLimitingOperationWithoutOrderByWarning, CoreEventId.FirstWithoutOrderByAndFilterWarning)
            )
            : db;
}
