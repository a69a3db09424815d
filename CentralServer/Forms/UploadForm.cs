using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;

namespace BrightKitchen.CentralServer.Forms;

/// <summary>A form that may carry a picture: how much of it is read, and which page shows it again where it is refused.</summary>
/// <param name="PageOf">The form's page, from the request that was sent.</param>
internal sealed record UploadForm(Func<HttpContext, string> PageOf)
{
    /// <summary>A picture and the texts beside it, in bytes.</summary>
    public const long Largest = PictureFormat.Largest + (1 << 20);

    /// <summary>Any other form: texts alone.</summary>
    public const long LargestWithoutFile = 1 << 20;

    // Stored nowhere; how often is limited before.
    private const long LargestDiscarded = 64 << 20;

    /// <summary>
    /// Refuses a form that is too large before any of it is read. Behind rate limits and authorization, and before what reads forms: a
    /// stranger can make the server neither read nor store
    /// more than is allowed.
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

    // Read here, so that one that is longer than it says, or no form, has an answer that says so instead of an empty one.
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
        // The answer is sent at once. What comes after it is discarded for a few seconds, as browsers show no answer of a line that ends
        // while they send.
        if (http.Request.ContentLength > LargestDiscarded)
            http.Response.Headers.Connection = "close";
        if (upload is not null && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            return new BackToForm(upload.PageOf(http), "too-large", StatusCodes.Status413PayloadTooLarge).ExecuteAsync(http);
        var largest = upload is null ? LargestWithoutFile : Largest;
        return TypedResults
            .Problem($"The form is larger than {largest >> 20} MB, or is no form.", statusCode: StatusCodes.Status413PayloadTooLarge)
            .ExecuteAsync(http);
    }
}
