using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// Short-lived tickets that authorize one browser to fetch one camera's fragments: an expiry and a keyed hash. They spare a look-up of the
/// grants for every half second of every viewer; a viewer whose grant is revoked gets no further ticket. The key is generated per process:
/// after a restart viewers request a new ticket.
/// </summary>
internal sealed class LiveTickets(TimeProvider time)
{
    public const string Parameter = "t";

    /// <summary>
    /// Cookie with a random id of the browser. The sign-in cookie is not used, because it is renewed from time to time, which must not
    /// interrupt playback.
    /// </summary>
    private const string Browser = "live";
    private const string OnlyTicket = "?" + Parameter + "=";
    private const string BrowserCookie = Browser + "=";

    // An expiry of up to 16 hexadecimal digits, a dash and the digest.
    private const int Digest = 16;
    private const int BrowserLength = 32;
    private const int LongestTicket = 16 + 1 + (Digest * 2);
    private const int MostShown = 10_000;
    private readonly ConcurrentDictionary<(string Ticket, string Browser), (string Source, long Until)> shown = new();
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Issues a ticket; sets the browser cookie if the request has none.</summary>
    /// <param name="source">The resource it authorizes: the path before the epoch.</param>
    /// <param name="life">Minimum validity; the ticket expires before twice this time has passed.</param>
    public string Issue(HttpContext http, string source, TimeSpan life)
    {
        if (http.Request.Cookies[Browser] is not { Length: BrowserLength } browser)
        {
            browser = RandomNumberGenerator.GetHexString(BrowserLength, lowercase: true);
            http.Response.Cookies.Append(
                Browser,
                browser,
                new()
                {
                    HttpOnly = true,
                    SameSite = SameSiteMode.Lax,
                    Secure = http.Request.IsHttps,
                    IsEssential = true,
                }
            );
        }

        // Rounded, so that players and caches see the same URL for a while.
        var seconds = (long)life.TotalSeconds;
        var until = ((time.GetUtcNow().ToUnixTimeSeconds() / seconds) + 2) * seconds;
        return string.Create(CultureInfo.InvariantCulture, $"{until:x}-{Convert.ToHexStringLower(HashOf(browser, source, until))}");
    }

    public bool Fits(HttpRequest request, string source)
    {
        var (text, browser) = (TicketOf(request), BrowserOf(request));
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        // Caches verified tickets, because a viewer presents the same one many times. Only verified values are stored, and unverified input
        // of any length never is.
        if (text.Length > LongestTicket || browser.Length != BrowserLength)
            return false;
        if (shown.TryGetValue((text, browser), out var known) && known.Source == source)
            return known.Until > now;
        var ticket = text.AsSpan();
        var dash = ticket.IndexOf('-');
        Span<byte> given = stackalloc byte[Digest];
        if (
            dash <= 0
            || !long.TryParse(ticket[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var until)
            || until <= now
            || ticket.Length - dash - 1 != Digest * 2
            || Convert.FromHexString(ticket[(dash + 1)..], given, out _, out _) != System.Buffers.OperationStatus.Done
            || !CryptographicOperations.FixedTimeEquals(given, HashOf(browser, source, until))
        )
            return false;
        if (shown.Count >= MostShown)
            shown.Clear();
        shown[(text, browser)] = (source, until);
        return true;
    }

    // The ticket is usually the only parameter, which spares parsing the query.
    private static string TicketOf(HttpRequest request) =>
        request.QueryString.Value is { } query
        && query.StartsWith(OnlyTicket, StringComparison.Ordinal)
        && !query.AsSpan(OnlyTicket.Length).ContainsAny("&%+")
            ? query[OnlyTicket.Length..]
            : request.Query[Parameter].ToString();

    private static string BrowserOf(HttpRequest request)
    {
        foreach (var header in request.Headers.Cookie)
        {
            foreach (var range in header.AsSpan().Split("; "))
            {
                var cookie = header.AsSpan()[range];
                if (cookie.StartsWith(BrowserCookie, StringComparison.Ordinal))
                    return cookie.Length - BrowserCookie.Length == BrowserLength ? cookie[BrowserCookie.Length..].ToString() : "";
            }
        }

        return "";
    }

    private byte[] HashOf(string browser, string source, long until) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{source}\n{until}\n{browser}")))[
            ..Digest
        ];
}
