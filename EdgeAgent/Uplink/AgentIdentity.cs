using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.Sealing;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>The edge agent's own key (ECDSA P-256), which never leaves the device, and the id that the server assigned.</summary>
internal sealed class AgentIdentity : IDisposable
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(5);
    private readonly string enrolmentFile;
    private readonly ECDsa key;
    private readonly AgentClock clock;

    /// <summary>Reads the key, or generates it at the first start.</summary>
    public AgentIdentity(AgentFolders folders, AgentClock clock)
    {
        this.clock = clock;
        enrolmentFile = folders.In("enrolment.json");
        var keyFile = folders.In("box.key");
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            key.ImportFromPem(PrivateFile.ReadOrMake(keyFile, key.ExportPkcs8PrivateKeyPem, isOnlyOne: true));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw PrivateFile.OnlyOneIsDamaged(keyFile);
        }

        Enrolment = Read(enrolmentFile);
    }

    public EnrolmentAnswer? Enrolment { get; private set; }

    public string PublicKey => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    /// <summary>SHA-256 of the public key, for people to compare.</summary>
    public string Fingerprint => Jws.Fingerprint(key);

    /// <summary>Signs an entry of the edge agent's evidence chain.</summary>
    public string Seal(Manifest manifest) => Jws.Sign(manifest, key);

    /// <summary>Packs evidence under the edge agent's seal.</summary>
    public void Pack(Stream into, IReadOnlyList<string> chain, Func<FindingId, string, byte[]> part) =>
        EvidencePackage.Write(into, chain, part, key, clock.ToldNow());

    public void Enrolled(EnrolmentAnswer answer)
    {
        PrivateFile.Write(enrolmentFile, JsonSerializer.Serialize(answer));
        Enrolment = answer;
    }

    /// <summary>A signed token (ES256), valid for five minutes by the server's clock.</summary>
    /// <exception cref="InvalidOperationException">The edge agent is not enrolled.</exception>
    public string Token()
    {
        var id = Enrolment?.BoxId ?? throw new InvalidOperationException("The edge agent is not enrolled.");
        var now = clock.ServersNow();
        return Jws.Sign(new DeviceClaims(id, BoxRoutes.Audience, now.ToUnixTimeSeconds(), (now + TokenLife).ToUnixTimeSeconds()), key);
    }

    public void Dispose() => key.Dispose();

    // Monitoring and evidence work without an enrolment: a file that a power loss truncated must not prevent the start.
    private static EnrolmentAnswer? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            if (JsonSerializer.Deserialize<EnrolmentAnswer>(File.ReadAllText(path)) is { BoxId.Length: > 0 } whole)
                return whole;
        }
        catch (JsonException)
        {
            // Enrolled again, with a new code.
        }

        File.Move(path, path + ".damaged", overwrite: true);
        return null;
    }
}
