using System.Data.Common;
using System.Net.Sockets;
using Amazon.Runtime;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>
/// What the server stores in may be away: the database, the object store, the disk full or read-only. Whoever asks meanwhile is answered
/// 503 and when to try again, instead of a fault of the server's; nothing was stored, and edge agents and kiosks send it again.
/// </summary>
internal static partial class Unavailable
{
    private const string RetryAfterSeconds = "10";
    private const int DiskFull = unchecked((int)0x80070070);
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;

    // https://www.sqlite.org/rescode.html: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
    private static readonly int[] SqliteAway = [5, 6, 8, 10, 13, 14];

    public static void UseUnavailable(this WebApplication app) =>
        app.Use(
            async (http, next) =>
            {
                try
                {
                    await next(http);
                }
                catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested && Is(e))
                {
                    Away(
                        http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Unavailable)),
                        http.Request.Method,
                        http.GetEndpoint()?.DisplayName,
                        e.GetBaseException().Message
                    );
                    http.Response.Clear();
                    http.Response.Headers.RetryAfter = RetryAfterSeconds;
                    await TypedResults
                        .Problem(
                            "What this server stores in is away: its database, object store or disk. Nothing was stored; "
                                + "try again in a while.",
                            statusCode: StatusCodes.Status503ServiceUnavailable
                        )
                        .ExecuteAsync(http);
                }
            }
        );

    /// <summary>Whether an exception says that what is stored in is away, and not that something is wrong.</summary>
    public static bool Is(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is SqliteException sqlite && SqliteAway.Contains(sqlite.SqliteErrorCode))
                return true;
            // A connection that broke or could not be made; PostgreSQL's own words of a query have a state, and those of class 53, 57 and
            // 08 are of its being away.
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
    /// Notes what is good to know and not needed, such as when a device was seen: where it cannot be written now, it is not.
    /// </summary>
    public static async Task NoteAsync(Func<Task> note)
    {
        try
        {
            await note();
        }
        catch (Exception e) when (e is DbException or DbUpdateException && Is(e))
        {
            // What was asked for is answered all the same.
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Method} {Endpoint} is answered 503: {Reason}")]
    private static partial void Away(ILogger logger, string method, string? endpoint, string reason);
}
