using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BrightKitchen.CentralServer.Push;

/// <summary>Web Push, section <c>Push</c>; disabled if no key file is set.</summary>
public sealed class PushOptions
{
    /// <summary>File with a P-256 key as PEM, the same on all servers; created if it does not exist.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Contact for push services, <c>mailto:…</c> or <c>https:…</c>.</summary>
    public string Contact { get; set; } = "";

    /// <summary>Configuration errors, each beginning with the key; null entries are settings without an error.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            string.IsNullOrEmpty(KeyFile)
            || Contact.StartsWith("mailto:", StringComparison.Ordinal)
            || Contact.StartsWith("https:", StringComparison.Ordinal)
                ? null
                : $"{nameof(Contact)} is '{Contact}': set it to a contact for the push services, such as mailto:it@example.org; they "
                    + "require one",
        ];
}

/// <summary>Signs requests to push services (VAPID, RFC 8292).</summary>
internal sealed class PushKey : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(12);
    private readonly ECDsa? key;
    private readonly string contact;
    private readonly TimeProvider time;

    /// <exception cref="InvalidDataException">The contact is missing, or the file is not a P-256 key.</exception>
    public PushKey(PushOptions options, TimeProvider time)
    {
        this.time = time;
        contact = options.Contact;
        if (string.IsNullOrEmpty(options.KeyFile))
            return;
        if (!contact.StartsWith("mailto:", StringComparison.Ordinal) && !contact.StartsWith("https:", StringComparison.Ordinal))
            throw new InvalidDataException(
                "Set Push:Contact to a contact for the push services, such as mailto:it@example.org; they require one."
            );
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (!File.Exists(options.KeyFile))
        {
            var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(options.KeyFile, how);
            file.Write(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            file.Flush(flushToDisk: true);
        }
        else
        {
            try
            {
                key.ImportFromPem(File.ReadAllText(options.KeyFile));
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                throw new InvalidDataException($"'{options.KeyFile}' (Push:KeyFile) is not a P-256 key in PEM format: {e.Message}", e);
            }
        }

        var point = key.ExportParameters(includePrivateParameters: false).Q;
        Public = Base64Url.EncodeToString([4, .. point.X!, .. point.Y!]);
    }

    /// <summary>Public key for the subscription of browsers (uncompressed point, base64url); null if push is disabled.</summary>
    public string? Public { get; }

    /// <summary>Value of the <c>Authorization</c> header for a push service.</summary>
    public string Authorization(Uri endpoint)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Audience = endpoint.GetLeftPart(UriPartial.Authority),
                Expires = now + Life,
                Claims = new Dictionary<string, object> { ["sub"] = contact },
                SigningCredentials = new(
                    new ECDsaSecurityKey(key!) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } },
                    SecurityAlgorithms.EcdsaSha256
                ),
            }
        );
        return $"vapid t={token}, k={Public}";
    }

    public void Dispose() => key?.Dispose();
}
