using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace BrightKitchen.CentralServer.KeyProtection;

internal static class KeyProtectionRegistration
{
    /// <summary>
    /// Stores the keys of data protection in the database where servers share one, else in the data folder, and encrypts them there as the
    /// section <c>Keys</c> says.
    /// </summary>
    /// <exception cref="InvalidDataException">The settings cannot be used; the message says what to do.</exception>
    public static void AddKeyProtection(this IServiceCollection services, IConfiguration configuration)
    {
        var protection = services.AddDataProtection();
        protection.Encrypt(configuration);
        if (configuration.GetConnectionString("Postgres") is { Length: > 0 })
            // The servers' folders may differ, by which keys are told apart otherwise.
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
