using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>Encrypts a data protection key with AES-256-GCM under a <see cref="KeySecret"/>.</summary>
internal sealed class SecretXmlEncryptor(KeySecret secret) : IXmlEncryptor
{
    internal const string Element = "secretEncrypted";
    internal const string Derivation = "derivation";
    internal const string Salt = "salt";
    internal const string Nonce = "nonce";
    internal const string Tag = "tag";
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var (salt, nonce, tag, cipher) = (
            RandomNumberGenerator.GetBytes(SaltBytes),
            RandomNumberGenerator.GetBytes(NonceBytes),
            new byte[TagBytes],
            new byte[plain.Length]
        );
        using var aes = new AesGcm(secret.KeyOf(salt), TagBytes);
        aes.Encrypt(nonce, plain, cipher, tag);
        CryptographicOperations.ZeroMemory(plain);
        return new(
            new(
                Element,
                new XAttribute(Derivation, secret.Derivation),
                new XAttribute(Salt, Convert.ToBase64String(salt)),
                new XAttribute(Nonce, Convert.ToBase64String(nonce)),
                new XAttribute(Tag, Convert.ToBase64String(tag)),
                Convert.ToBase64String(cipher)
            ),
            typeof(SecretXmlDecryptor)
        );
    }
}

/// <summary>Decrypts the output of <see cref="SecretXmlEncryptor"/>; instantiated by data protection.</summary>
internal sealed class SecretXmlDecryptor(IServiceProvider services) : IXmlDecryptor
{
    /// <exception cref="CryptographicException">The secret is a different one, or the element was altered.</exception>
    public XElement Decrypt(XElement encryptedElement)
    {
        var secret = services.GetService<KeySecret>()
            ?? throw new CryptographicException("The key is encrypted, and neither Keys:File nor Keys:Password is set.");
        if ((string?)encryptedElement.Attribute(SecretXmlEncryptor.Derivation) != secret.Derivation)
            throw new CryptographicException(
                $"The key was encrypted with {(secret.Derivation == KeySecret.FromFile ? "Keys:Password" : "Keys:File")}, "
                    + "which is not set."
            );
        var (cipher, tag) = (Convert.FromBase64String(encryptedElement.Value), Bytes(SecretXmlEncryptor.Tag));
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(secret.KeyOf(Bytes(SecretXmlEncryptor.Salt)), tag.Length);
        aes.Decrypt(Bytes(SecretXmlEncryptor.Nonce), cipher, tag, plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));

        byte[] Bytes(string name) => Convert.FromBase64String((string?)encryptedElement.Attribute(name) ?? "");
    }
}
