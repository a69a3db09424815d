using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;

namespace BrightKitchen.CentralServer.Forms;

/// <summary>
/// Endpoint metadata of a form that may contain a picture: raises the size limit and names the page to show if it is rejected.
/// </summary>
/// <param name="PageOf">Path of the form's page, given the request.</param>
internal sealed record UploadForm(Func<HttpContext, string> PageOf)
{
    /// <summary>Maximum size of a form with a picture, in bytes.</summary>
    public const long Largest = PictureFormat.Largest + (1 << 20);

    /// <summary>Maximum size of any other form, in bytes.</summary>
    public const long LargestWithoutFile = 1 << 20;

    // Bytes that are received and discarded, never stored; rate limits apply before.
    private const long LargestDiscarded = 64 << 20;

    /// <summary>
    /// Middleware that rejects a form that is too large before any of it is read. Must follow rate limits and authorization, and precede
    /// everything that reads forms, so that a stranger cannot make the server read or store more than is allowed.
    /// </summary>
    public static void UseLimits(IApplicationBuilder app) =>
        app.Use(
            async (http, next) =>
            {
                if (!HttpMethods.IsPost(http.Request.Method) || !http.Request.HasFormContentType)
                {
                    await next(http);
                    return;
                }

                var upload = http.GetEndpoint()?.Metadata.GetMetadata<UploadForm>();
                var largest = upload is null ? LargestWithoutFile : Largest;
                if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                    limit.MaxRequestBodySize = http.Request.ContentLength > largest ? LargestDiscarded : largest;
                if (http.Request.ContentLength > largest || !await IsReadAsync(http, largest))
                {
                    await RefuseAsync(http, upload);
                    return;
                }

                if (PlainText.IsIn(http.Request.Form))
                {
                    await PlainText.RefuseAsync(http);
                    return;
                }

                await next(http);
            }
        );

    // Read here, so that a malformed form, or one longer than its Content-Length, gets a meaningful answer instead of an empty one.
    private static async Task<bool> IsReadAsync(HttpContext http, long largest)
    {
        try
        {
            http.Features.Set<IFormFeature>(
                new FormFeature(http.Request, new FormOptions { MultipartBodyLengthLimit = largest, BufferBodyLengthLimit = largest })
            );
            await http.Request.ReadFormAsync(http.RequestAborted);
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
        {
            return false;
        }
    }

    private static Task RefuseAsync(HttpContext http, UploadForm? upload)
    {
        // The answer is sent at once and the rest of the body is discarded for a few seconds, because browsers show no answer if the
        // connection closes while they are sending.
        if (http.Request.ContentLength > LargestDiscarded)
            http.Response.Headers.Connection = "close";
        if (upload is not null && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            return new FormFaultResult(upload.PageOf(http), "too-large", StatusCodes.Status413PayloadTooLarge).ExecuteAsync(http);
        var largest = upload is null ? LargestWithoutFile : Largest;
        return TypedResults
            .Problem($"The form is larger than {largest >> 20} MB, or it is malformed.", statusCode: StatusCodes.Status413PayloadTooLarge)
            .ExecuteAsync(http);
    }
}
