using System.Security.Cryptography;
using System.Xml.Linq;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sealing;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>
/// Checks the stored data protection keys at startup: encrypts those stored in plain text, and detects those that cannot be read before
/// they are needed.
/// </summary>
internal sealed partial class StoredKeys(
    IOptions<KeyManagementOptions> options,
    IKeyManager manager,
    CentralDb db,
    IServiceProvider services,
    ILogger<StoredKeys> logger
)
{
    private static readonly XNamespace Namespace = "http://schemas.asp.net/2015/03/dataProtection";
    private static readonly XName NeedsEncryption = Namespace + "requiresEncryption";

    /// <returns>Why the server must not start: it cannot read existing keys, so data protection would create new ones and previously
    /// encrypted data would be lost. Null if all keys are readable.</returns>
    public string? Check()
    {
        if (options.Value.XmlRepository is DurableKeyFiles files && files.Damaged() is { Count: > 0 } damaged)
        {
            return $"These data protection key files are damaged: {string.Join(", ", damaged)}. Restore them from a backup of the folder. "
                + "Without them, the data that they encrypted cannot be read: to continue without them, move them aside, sign in again, "
                + "enter the cameras' passwords again and replace the sealing key.";
        }

        if (services.GetService<KeySecret>() is { } secret)
            EncryptClear(new(secret));
        else
            NotProtected();
        var keys = manager.GetAllKeys();
        if (keys.Count == 0 && db.SealKeys.Any())
        {
            return "The data protection keys are missing, but the database contains data that they encrypted. Restore them from a backup. "
                + "To continue without them, delete the row in 'SealKeys': a new sealing key is created, and cameras' passwords and "
                + "webhooks must be entered again.";
        }

        foreach (var key in keys.Where(k => !k.IsRevoked))
        {
            try
            {
                _ = key.CreateEncryptor();
            }
            catch (Exception e)
                when (e is CryptographicException or FormatException or System.Xml.XmlException or InvalidOperationException)
            {
                return $"The data protection key {key.KeyId} cannot be read: {e.Message} Set Keys:File or Keys:Password to the value that "
                    + "it was encrypted with; otherwise the sealing key and the cameras' passwords cannot be read either.";
            }
        }

        return null;
    }

    // Replaces each key in place: a key that exists twice, even briefly between two writes, makes the key ring unreadable.
    private void EncryptClear(SecretXmlEncryptor encryptor)
    {
        var count = db is PostgresDb postgres ? EncryptRows(postgres, encryptor) : EncryptFiles(encryptor);
        if (count > 0)
            NowEncrypted(count);
    }

    private static int EncryptRows(PostgresDb postgres, SecretXmlEncryptor encryptor)
    {
        var clear = postgres.DataProtectionKeys.ToList().FindAll(k => k.Xml is not null && IsClear(XElement.Parse(k.Xml)));
        foreach (var key in clear)
            key.Xml = Encrypted(XElement.Parse(key.Xml!), encryptor).ToString(SaveOptions.DisableFormatting);
        postgres.SaveChanges();
        return clear.Count;
    }

    private int EncryptFiles(SecretXmlEncryptor encryptor)
    {
        if (options.Value.XmlRepository is not FileSystemXmlRepository { Directory: { Exists: true } folder })
            return 0;
        var count = 0;
        foreach (var file in folder.GetFiles("*.xml"))
        {
            var key = XElement.Load(file.FullName);
            if (!IsClear(key))
                continue;
            var written = file.FullName + ".new";
            using (var into = new FileStream(written, FileMode.Create, FileAccess.Write))
            {
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(written, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                Encrypted(key, encryptor).Save(into);
                into.Flush(flushToDisk: true);
            }

            File.Move(written, file.FullName, overwrite: true);
            count++;
        }

        return count;
    }

    private static bool IsClear(XElement element) => element.DescendantsAndSelf().Any(e => (bool?)e.Attribute(NeedsEncryption) == true);

    private static XElement Encrypted(XElement key, SecretXmlEncryptor encryptor)
    {
        var copy = new XElement(key);
        foreach (var secret in copy.DescendantsAndSelf().Where(e => (bool?)e.Attribute(NeedsEncryption) == true).ToList())
        {
            var info = encryptor.Encrypt(secret);
            secret.ReplaceWith(
                new XElement(
                    Namespace + "encryptedSecret",
                    new XAttribute("decryptorType", info.DecryptorType.AssemblyQualifiedName!),
                    info.EncryptedElement
                )
            );
        }

        return copy;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The data protection keys are stored unencrypted beside the data that they protect (sign-in cookies, the sealing key, cameras' "
            + "passwords): a copy of the database or of a backup exposes all of it. Set Keys:File or Keys:Password, see docs/operations.md"
    )]
    private partial void NotProtected();

    [LoggerMessage(
        LogLevel.Information,
        "{Count} data protection keys that were stored unencrypted have been encrypted; older backups still contain them unencrypted"
    )]
    private partial void NowEncrypted(int count);
}
