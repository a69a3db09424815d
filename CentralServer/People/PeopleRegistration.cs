using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>Registers sign-in, sessions and the second factor.</summary>
internal static class PeopleRegistration
{
    public static void AddPeople(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<SignInOptions>()
            .BindConfiguration(SignInOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services
            .AddIdentity<Person, IdentityRole>(identity =>
            {
                identity.Password.RequiredLength = 12;
                identity.Password.RequireNonAlphanumeric = identity.Password.RequireUppercase = identity.Password.RequireDigit = false;
                // Left to SignInNameValidator.
                identity.User.AllowedUserNameCharacters = "";
                // Applies to wrong second factors only, which require the correct password first; SignInThrottle limits wrong passwords.
                identity.Lockout.MaxFailedAccessAttempts = 5;
                identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
            })
            .AddEntityFrameworkStores<CentralDb>()
            .AddDefaultTokenProviders()
            .AddTokenProvider<TotpProvider>(TokenOptions.DefaultAuthenticatorProvider)
            .AddClaimsPrincipalFactory<PersonClaims>()
            .AddUserValidator<SignInNameValidator>()
            .AddPasswordValidator<PasswordRules>();
        services
            .AddScoped<ILookupNormalizer, NameNormalizer>()
            .AddScoped<AccountService>()
            .AddScoped<Invitations>()
            .AddScoped<SignInWithPassword>();
        services
            .AddSingleton<SignInThrottle>()
            .AddSingleton<KnownDevice>()
            .AddSingleton<SignInJournal>()
            .AddHostedService(s => s.GetRequiredService<SignInJournal>());
        services.AddSingleton<Sessions>();
        services.ConfigureApplicationCookie(Cookie);
        services
            .AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .Configure<Sessions>(
                (cookie, sessions) =>
                {
                    cookie.Events.OnSigningIn = sessions.BeginAsync;
                    cookie.Events.OnValidatePrincipal = sessions.ValidateAsync;
                }
            );
        services
            .AddOptions<SecurityStampValidatorOptions>()
            .Configure<IOptions<SignInOptions>>(
                (stamp, options) =>
                {
                    stamp.ValidationInterval = options.Value.ValidateEvery;
                    stamp.OnRefreshingPrincipal = Sessions.KeepMethodAsync;
                }
            );
        services.AddSingleton<IAuthorizationHandler, SecondFactorHandler>();
        var authorization = services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(IdentityConstants.ApplicationScheme).RequireAuthenticatedUser().Build());
        var secondFactor = SecondFactorRequirement.Of(configuration);
        foreach (var (policy, roles) in Access.RolesOf)
            authorization.AddPolicy(policy, p =>
                p.AddAuthenticationSchemes(IdentityConstants.ApplicationScheme).RequireRole(roles).AddRequirements(secondFactor)
            );
        services.AddLimitByAddress(
            SignInEndpoints.SignInLimit,
            configuration.GetValue("SignIn:TriesPerMinute", 60),
            TimeSpan.FromMinutes(1)
        );
        services.AddLimitByAddress(SignInEndpoints.JoinLimit, configuration.GetValue("Join:TriesPerMinute", 30), TimeSpan.FromMinutes(1));
    }

    private static void Cookie(CookieAuthenticationOptions cookie)
    {
        cookie.LoginPath = "/sign-in";
        cookie.AccessDeniedPath = "/missing";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.ReturnUrlParameter = "returnUrl";
        // A script's request gets a plain 401 or 403 instead of a page.
        cookie.Events.OnRedirectToAccessDenied = context =>
        {
            if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
                context.Response.Redirect(SecondFactorHandler.IsWithout(context.HttpContext.User) ? "/account" : "/missing");
            else
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
        cookie.Events.OnRedirectToLogin = context =>
        {
            if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
                context.Response.Redirect(context.RedirectUri);
            else
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };
    }
}
