using Microsoft.AspNetCore.Diagnostics;

namespace BrightKitchen.CentralServer.Forms;

/// <summary>
/// Answers a rejected form with the form's own page, which shows the reason and the entered values: nothing is lost except a rejected file.
/// </summary>
/// <param name="page">The form's page, a path on this server.</param>
/// <param name="fault">Code of the reason, which the page translates.</param>
/// <param name="status">422, or 413 if the body was not read.</param>
internal sealed class FormFaultResult(string page, string fault, int status = StatusCodes.Status422UnprocessableEntity) : IResult
{
    /// <summary>Response header with the fault code, for clients other than browsers.</summary>
    public const string FaultHeader = "Form-Fault";

    private static readonly object Key = new();

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Items[Key] = this;
        return Task.CompletedTask;
    }

    /// <summary>Middleware that runs the page in place of the form's endpoint; must precede routing.</summary>
    public static void Use(IApplicationBuilder app) =>
        app.Use(
            async (http, next) =>
            {
                // An error page is always requested with GET, whatever the original method, so that it does not wait for a rejected body.
                if (http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
                    http.Request.Method = HttpMethods.Get;
                await next(http);
                if (http.Response.HasStarted || http.Items[Key] is not FormFaultResult back)
                    return;
                http.Items.Remove(Key);
                back.Show(http);
                await next(http);
            }
        );

    private void Show(HttpContext http)
    {
        // An unread body is not read here: there are no values to fill in.
        if (status != StatusCodes.Status413PayloadTooLarge && http.Request.HasFormContentType)
            FormDraft.Set(http, http.Request.Path, http.Request.Form);
        http.Response.StatusCode = status;
        http.Response.Headers[FaultHeader] = fault;
        http.SetEndpoint(null);
        http.Request.RouteValues.Clear();
        http.Request.Method = HttpMethods.Get;
        http.Request.Path = page;
        http.Request.QueryString = QueryString.Create("fault", fault);
    }
}

/// <summary>
/// The entered values of a rejected form, for the page that shows it again; limited to this request and stored nowhere. Pages never show a
/// password again.
/// </summary>
internal sealed class FormDraft(IHttpContextAccessor accessor)
{
    private static readonly object Key = new();

    /// <summary>Whether the page answers a rejected form.</summary>
    public bool IsThere => Form is not null;

    private IFormCollection? Form => Posted?.Form;

    private Posting? Posted => accessor.HttpContext?.Items[Key] as Posting;

    /// <summary>A field's value as entered; null if the field is missing.</summary>
    public string? this[string field] => Form is { } form && form.TryGetValue(field, out var value) ? value.ToString() : null;

    /// <summary>As the indexer, if that form was sent to <paramref name="action"/>; null if another form of the page was.</summary>
    public string? From(string action, string field) => Posted?.Action == action ? this[field] : null;

    internal static void Set(HttpContext http, string action, IFormCollection form) => http.Items[Key] = new Posting(action, form);

    private sealed record Posting(string Action, IFormCollection Form);
}
