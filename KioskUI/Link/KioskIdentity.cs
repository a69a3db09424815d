using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Store;
using BrightKitchen.Sealing;

namespace BrightKitchen.KioskUI.Link;

/// <summary>The kiosk's own key (ECDSA P-256), which never leaves the device, and the id that the server assigned.</summary>
internal sealed class KioskIdentity : IDisposable
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(5);
    private readonly string enrolmentFile;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly KioskClock clock;

    /// <summary>Reads the key, or generates it at the first start.</summary>
    public KioskIdentity(string folder, KioskClock clock)
    {
        this.clock = clock;
        enrolmentFile = Path.Combine(folder, "enrolment.json");
        var keyFile = Path.Combine(folder, "kiosk.key");
        // A file that a power loss damaged must not take the display down: the kiosk is enrolled again, and pending entries wait.
        if (File.Exists(keyFile) && !TryImport(File.ReadAllText(keyFile)))
            SetAside(keyFile);
        if (!File.Exists(keyFile))
        {
            PrivateFile.Write(keyFile, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            SetAside(enrolmentFile);
        }

        Enrolment = Read(enrolmentFile);
        if (Enrolment is null)
            SetAside(enrolmentFile);
    }

    public EnrolmentAnswer? Enrolment { get; private set; }

    public string PublicKey => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    public void Enrolled(EnrolmentAnswer answer)
    {
        PrivateFile.Write(enrolmentFile, JsonSerializer.SerializeToUtf8Bytes(answer));
        Enrolment = answer;
    }

    /// <summary>A signed token (ES256), valid for five minutes by the server's clock.</summary>
    public string Token()
    {
        var now = clock.Now;
        return Jws.Sign(
            new DeviceClaims(Enrolment!.BoxId, KioskRoutes.Audience, now.ToUnixTimeSeconds(), (now + TokenLife).ToUnixTimeSeconds()),
            key
        );
    }

    public void Dispose() => key.Dispose();

    private bool TryImport(string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    private static EnrolmentAnswer? Read(string path)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<EnrolmentAnswer>(File.ReadAllText(path)) is { BoxId.Length: > 0 } whole
                ? whole
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void SetAside(string path)
    {
        if (File.Exists(path))
            File.Move(path, path + ".damaged", overwrite: true);
    }
}
