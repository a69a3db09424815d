namespace BrightKitchen.CentralServer.Forms;

/// <summary>
/// Refuses what is no text: U+0000, which PostgreSQL does not store, wherever a request may bring it, and noncharacters in forms.
/// </summary>
internal static class PlainText
{
    // The last two are never characters; names with them cannot be normalized, which the accounts' look-up does.
    private static readonly System.Buffers.SearchValues<char> None = System.Buffers.SearchValues.Create("\0\uFFFE\uFFFF");

    // Of a box's setup, the largest that is sent.
    private const int LargestJson = 1 << 20;

    /// <summary>What is answered.</summary>
    public const string Detail = "The text has U+0000, U+FFFE or U+FFFF in it, which are no characters; leave them out.";

    public static bool IsIn(string? text) => text.AsSpan().ContainsAny(None);

    public static bool IsIn(IFormCollection form) => form.Any(f => IsIn(f.Key) || f.Value.Any(IsIn));

    /// <summary>Refuses it in addresses.</summary>
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
    /// Refuses U+0000 in JSON, where it can only be an escape: looked for in the text before anything reads it. A converter of strings
    /// would hide their type from the API's description. Behind authorization and limits, as the body is read.
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
            // After an even number of backslashes this one begins an escape; after an odd number it is a backslash itself.
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
