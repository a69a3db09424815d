using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Sealing;
using BrightKitchen.KioskUI.Store;

namespace BrightKitchen.KioskUI.Link;

/// <summary>The kiosk's own key, which never leaves it, and the id that the server gave it.</summary>
internal sealed class KioskIdentity : IDisposable
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(5);
    private readonly string enrolmentFile;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly KioskClock clock;

    /// <summary>Reads the key, or makes it at the first start.</summary>
    public KioskIdentity(string folder, KioskClock clock)
    {
        this.clock = clock;
        enrolmentFile = Path.Combine(folder, "enrolment.json");
        var keyFile = Path.Combine(folder, "kiosk.key");
        if (!File.Exists(keyFile))
            PrivateFile.Write(keyFile, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        key.ImportFromPem(File.ReadAllText(keyFile));
        if (File.Exists(enrolmentFile))
            Enrolment = JsonSerializer.Deserialize<EnrolmentAnswer>(File.ReadAllText(enrolmentFile));
    }

    public EnrolmentAnswer? Enrolment { get; private set; }

    public string PublicKey => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    public void Enrolled(EnrolmentAnswer answer)
    {
        PrivateFile.Write(enrolmentFile, JsonSerializer.SerializeToUtf8Bytes(answer));
        Enrolment = answer;
    }

    /// <summary>A signed token (ES256) that is good for five minutes.</summary>
    public string Token()
    {
        var now = clock.Now;
        return Jws.Sign(new DeviceClaims(Enrolment!.BoxId, KioskRoutes.Audience, now.ToUnixTimeSeconds(), (now + TokenLife).ToUnixTimeSeconds()), key);
    }

    public void Dispose() => key.Dispose();
}
