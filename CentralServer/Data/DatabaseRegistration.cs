using BrightKitchen.CentralServer.Hosting;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Data;

internal static class DatabaseRegistration
{
    /// <summary>Uses PostgreSQL if a connection string is set; otherwise SQLite in the data folder, which is created.</summary>
    public static void AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var data = DataFolder.Of(configuration);
        Directory.CreateDirectory(data);
        if (configuration.GetConnectionString("Postgres") is { Length: > 0 } postgres)
            services.AddDbContext<CentralDb, PostgresDb>(db => db.UseNpgsql(postgres).Watch(configuration));
        else
            services.AddDbContext<CentralDb>(db => db.UseSqlite($"Data Source={Path.Combine(data, "central.db")}").Watch(configuration));
        services.AddHealthChecks().AddDbContextCheck<CentralDb>();
    }
}
