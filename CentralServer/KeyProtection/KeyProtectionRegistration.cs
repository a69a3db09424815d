using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace BrightKitchen.CentralServer.KeyProtection;

internal static class KeyProtectionRegistration
{
    /// <summary>
    /// Stores the data protection keys in the database if servers share one, otherwise in the data folder, and encrypts them as configured
    /// in the section <c>Keys</c>.
    /// </summary>
    /// <exception cref="InvalidDataException">The settings are invalid; the message says how to correct them.</exception>
    public static void AddKeyProtection(this IServiceCollection services, IConfiguration configuration)
    {
        var protection = services.AddDataProtection();
        protection.Encrypt(configuration);
        if (configuration.GetConnectionString("Postgres") is { Length: > 0 })
            // The default application name is the content root, which may differ between servers and would separate their keys.
            protection.SetApplicationName("bright-kitchen").PersistKeysToDbContext<PostgresDb>();
        else
            services
                .AddOptions<KeyManagementOptions>()
                .Configure<ILoggerFactory>(
                    (keys, loggers) =>
                        keys.XmlRepository = new DurableKeyFiles(new(Path.Combine(DataFolder.Of(configuration), "keys")), loggers)
                );
    }

    private static void Encrypt(this IDataProtectionBuilder protection, IConfiguration configuration)
    {
        var options = configuration
            .GetSection(KeyProtectionOptions.Section)
            .Get<KeyProtectionOptions>(binder => binder.ErrorOnUnknownConfiguration = true)
            ?? new();
        protection.Services.AddScoped<StoredKeys>();
        if (KeySecret.Of(options) is not { } secret)
            return;
        protection.Services.AddSingleton(secret);
        protection.Services.Configure<KeyManagementOptions>(keys => keys.XmlEncryptor = new SecretXmlEncryptor(secret));
    }
}
