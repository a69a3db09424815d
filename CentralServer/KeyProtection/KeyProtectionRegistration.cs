using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace BrightKitchen.CentralServer.KeyProtection;

internal static class KeyProtectionRegistration
{
    /// <summary>Encrypts the keys where they are stored, as the section <c>Keys</c> says.</summary>
    /// <exception cref="InvalidDataException">The settings cannot be used; the message says what to do.</exception>
    public static void AddKeyProtection(this IDataProtectionBuilder protection, IConfiguration configuration)
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
