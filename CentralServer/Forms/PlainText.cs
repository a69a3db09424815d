namespace BrightKitchen.CentralServer.Forms;

/// <summary>
/// Rejects characters that are not text: U+0000, which PostgreSQL cannot store, anywhere in a request, and U+FFFE and U+FFFF in forms.
/// </summary>
internal static class PlainText
{
    // U+FFFE and U+FFFF are noncharacters; strings with them cannot be normalized, which the lookup of accounts requires.
    private static readonly System.Buffers.SearchValues<char> None = System.Buffers.SearchValues.Create("\0\uFFFE\uFFFF");

    // Bytes; the largest JSON that is sent is an edge agent's setup.
    private const int LargestJson = 1 << 20;

    /// <summary>The text of the error response.</summary>
    public const string Detail = "The text contains U+0000, U+FFFE or U+FFFF, which are not characters; remove them.";

    public static bool IsIn(string? text) => text.AsSpan().ContainsAny(None);

    public static bool IsIn(IFormCollection form) => form.Any(f => IsIn(f.Key) || f.Value.Any(IsIn));

    /// <summary>Middleware that rejects it in URLs.</summary>
    public static void Use(IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
                http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true || IsIn(http.Request.Path.Value)
                    ? RefuseAsync(http)
                    : next(http)
        );

    public static Task RefuseAsync(HttpContext http) =>
        TypedResults.Problem(Detail, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(http);

    /// <summary>
    /// Middleware that rejects U+0000 in JSON, where it can only be an escape, by searching the raw text. A string converter would hide the
    /// type of strings from the OpenAPI description. Must follow authorization and rate limits, because it reads the body.
    /// </summary>
    public static void UseForJson(IApplicationBuilder app) =>
        app.Use(
            async (http, next) =>
            {
                if (!http.Request.HasJsonContentType())
                {
                    await next(http);
                    return;
                }

                var (body, buffer) = (new MemoryStream(), new byte[16 << 10]);
                while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted) is > 0 and var read)
                {
                    if (body.Length + read > LargestJson)
                    {
                        await TypedResults
                            .Problem($"The JSON is larger than {LargestJson >> 20} MB.", statusCode: StatusCodes.Status413PayloadTooLarge)
                            .ExecuteAsync(http);
                        return;
                    }

                    body.Write(buffer, 0, read);
                }

                if (HasEscape(body.GetBuffer().AsSpan(0, (int)body.Length)))
                {
                    await RefuseAsync(http);
                    return;
                }

                body.Position = 0;
                http.Request.Body = body;
                await next(http);
            }
        );

    private static bool HasEscape(ReadOnlySpan<byte> json)
    {
        var escape = "\\u0000"u8;
        for (var at = json.IndexOf(escape); at >= 0; at = Next(json, at + 1, escape))
        {
            // After an even number of backslashes this one starts an escape; after an odd number it is itself escaped.
            var before = 0;
            while (before < at && json[at - 1 - before] == (byte)'\\')
                before++;
            if (before % 2 == 0)
                return true;
        }

        return false;
    }

    private static int Next(ReadOnlySpan<byte> json, int from, ReadOnlySpan<byte> escape) =>
        json[from..].IndexOf(escape) is >= 0 and var found ? from + found : -1;
}
