using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// Design-time factory for <c>dotnet ef migrations add NAME --context CentralDb -o Data/Migrations</c>; opens no database.
/// </summary>
internal sealed class CentralDbFactory : IDesignTimeDbContextFactory<CentralDb>
{
    public CentralDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<CentralDb>().UseSqlite("Data Source=nowhere.db").Options);
}
