using Microsoft.AspNetCore.Diagnostics;

namespace BrightKitchen.CentralServer.Forms;

/// <summary>
/// Answers a form that was refused with its own page, which says why and has what was typed: nothing is lost but the file that was refused.
/// </summary>
/// <param name="page">The form's page, a path on this server.</param>
/// <param name="fault">What the page says, a code of its words.</param>
/// <param name="status">422, or 413 where the body was not read.</param>
internal sealed class BackToForm(string page, string fault, int status = StatusCodes.Status422UnprocessableEntity) : IResult
{
    /// <summary>Says the fault beside the page, for what is no browser.</summary>
    public const string FaultHeader = "Form-Fault";

    private static readonly object Key = new();

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Items[Key] = this;
        return Task.CompletedTask;
    }

    /// <summary>Runs the page in place of the form's endpoint; before routing.</summary>
    public static void Use(IApplicationBuilder app) =>
        app.Use(
            async (http, next) =>
            {
                // A page that says what went wrong is asked for, whatever was sent: it must not wait for a body that was refused.
                if (http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
                    http.Request.Method = HttpMethods.Get;
                await next(http);
                if (http.Response.HasStarted || http.Items[Key] is not BackToForm back)
                    return;
                http.Items.Remove(Key);
                back.Show(http);
                await next(http);
            }
        );

    private void Show(HttpContext http)
    {
        // What was not read is not read now: there is nothing to fill in.
        if (status != StatusCodes.Status413PayloadTooLarge && http.Request.HasFormContentType)
            FormDraft.Set(http, http.Request.Form);
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
/// What was typed into a form that was refused, for the page that shows it again: of this request alone, stored nowhere. A page shows no
/// password again.
/// </summary>
internal sealed class FormDraft(IHttpContextAccessor accessor)
{
    private static readonly object Key = new();

    /// <summary>Whether the page answers a form that was refused.</summary>
    public bool IsThere => Form is not null;

    private IFormCollection? Form => accessor.HttpContext?.Items[Key] as IFormCollection;

    /// <summary>A field as it was typed; null where there was none.</summary>
    public string? this[string field] => Form is { } form && form.TryGetValue(field, out var value) ? value.ToString() : null;

    internal static void Set(HttpContext http, IFormCollection form) => http.Items[Key] = form;
}
