using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Tests;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

[assembly: AssemblyFixture(typeof(OwnPostgres))]

namespace BrightKitchen.CentralServer.Tests;

/// <summary>PostgreSQL for tests of what only it does, on either round; started by the first that asks.</summary>
public sealed class OwnPostgres : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> server = new(() => PostgresServer.StartAsync(CancellationToken.None));

    /// <summary>The connection to a new, empty database.</summary>
    public async Task<string> NewDatabaseAsync() => (await server.Value).NewDatabase();

    /// <summary>A new database, migrated.</summary>
    public async Task<Func<CentralDb>> MigratedAsync(params IInterceptor[] interceptors)
    {
        var connection = await NewDatabaseAsync();
        CentralDb Open() =>
            new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(connection).AddInterceptors(interceptors).Options);
        await using var db = Open();
        await db.Database.MigrateAsync(TestContext.Current.CancellationToken);
        return Open;
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated)
            await (await server.Value).DisposeAsync();
    }
}
