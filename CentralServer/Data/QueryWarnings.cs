using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace BrightKitchen.CentralServer.Data;

/// <summary>Detects queries with an unspecified result: a limit without an order.</summary>
internal static class QueryWarnings
{
    /// <summary>With <c>Database:Strict</c>, which the tests set, such a query throws; otherwise it is logged.</summary>
    public static DbContextOptionsBuilder Watch(this DbContextOptionsBuilder db, IConfiguration configuration) =>
        configuration.GetValue<bool>("Database:Strict")
            ? db.ConfigureWarnings(w =>
                w.Throw(CoreEventId.RowLimitingOperationWithoutOrderByWarning, CoreEventId.FirstWithoutOrderByAndFilterWarning)
            )
            : db;
}
