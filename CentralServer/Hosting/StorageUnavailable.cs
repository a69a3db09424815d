using System.Data.Common;
using System.Net.Sockets;
using Amazon.Runtime;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>
/// Answers 503 with <c>Retry-After</c> instead of 500 while the storage is unavailable: the database, the object store, or a disk that is
/// full or read-only. Nothing was stored, and edge agents and kiosks send it again.
/// </summary>
internal static partial class StorageUnavailable
{
    private const string RetryAfterSeconds = "10";
    private const int DiskFull = unchecked((int)0x80070070);
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;

    // https://www.sqlite.org/rescode.html: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
    private static readonly int[] SqliteUnavailable = [5, 6, 8, 10, 13, 14];

    public static void UseStorageUnavailable(this WebApplication app) =>
        app.Use(
            async (http, next) =>
            {
                try
                {
                    await next(http);
                }
                catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested && Is(e))
                {
                    Answered503(
                        http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StorageUnavailable)),
                        http.Request.Method,
                        http.GetEndpoint()?.DisplayName,
                        e.GetBaseException().Message
                    );
                    http.Response.Clear();
                    http.Response.Headers.RetryAfter = RetryAfterSeconds;
                    await TypedResults
                        .Problem(
                            "The server's storage (database, object store or disk) is unavailable. Nothing was stored; try again later.",
                            statusCode: StatusCodes.Status503ServiceUnavailable
                        )
                        .ExecuteAsync(http);
                }
            }
        );

    /// <summary>Whether an exception means that the storage is unavailable, as opposed to a programming or data error.</summary>
    public static bool Is(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is SqliteException sqlite && SqliteUnavailable.Contains(sqlite.SqliteErrorCode))
                return true;
            // PostgresException is the server's answer to a query: SQLSTATE classes 08, 53 and 57 mean that it is unavailable. Any other
            // NpgsqlException is a connection that broke or could not be opened.
            if (cause is PostgresException postgres)
                return postgres.SqlState is ['5', '3' or '7', ..] or ['0', '8', ..];
            if (cause is NpgsqlException)
                return true;
            if (cause is IOException io && (io.HResult is DiskFull or NoSpace or ReadOnlyFileSystem))
                return true;
            if (
                cause
                is AmazonServiceException { StatusCode: 0 or >= System.Net.HttpStatusCode.InternalServerError }
                    or AmazonClientException
            )
                return true;
            if (cause is HttpRequestException { InnerException: SocketException })
                return true;
        }

        return false;
    }

    /// <summary>
    /// Writes information that is useful but not required, such as when a device was last seen; skips it while the storage is unavailable.
    /// </summary>
    public static async Task TryWriteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is DbException or DbUpdateException && Is(e))
        {
            // The request itself is answered regardless.
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Method} {Endpoint} was answered with 503: {Reason}")]
    private static partial void Answered503(ILogger logger, string method, string? endpoint, string reason);
}
