namespace BrightKitchen.CentralServer.Forms;

internal static class FormsRegistration
{
    public static void AddForms(this IServiceCollection services)
    {
        services.AddScoped<FormDraft>();
        services.AddAntiforgery(forms => forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
    }
}
