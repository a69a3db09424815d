using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>The self-signed certificate that the edge agent generates at its first start; installers compare its fingerprint.</summary>
internal static class InstallerCertificate
{
    /// <summary>SHA-256 as colon-separated pairs of hexadecimal digits, as browsers show it.</summary>
    public static string Fingerprint(X509Certificate2 certificate) =>
        string.Join(':', SHA256.HashData(certificate.RawData).Select(b => b.ToString("X2", null)));

    public static X509Certificate2 ReadOrMake(AgentFolders folders, TimeProvider time)
    {
        var file = folders.In("installer.pem");
        var pem = PrivateFile.ReadOrMake(file, () => Make(time.GetUtcNow()));
        try
        {
            return Read(pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // The file is truncated: generate a new certificate; the installer compares its fingerprint again.
            File.Move(file, file + ".damaged", overwrite: true);
            return Read(PrivateFile.ReadOrMake(file, () => Make(time.GetUtcNow())));
        }
    }

    private static X509Certificate2 Read(string pem)
    {
        using var read = X509Certificate2.CreateFromPem(pem, pem);
        // Kestrel needs the private key in the certificate object.
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
    }

    private static string Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=BrightKitchen box {Environment.MachineName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Environment.MachineName);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        // Valid from five years ago: a clock that is wrong at the first start must not produce a certificate that is not yet valid.
        using var made = request.CreateSelfSigned(now.AddYears(-5), now.AddYears(15));
        return made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
