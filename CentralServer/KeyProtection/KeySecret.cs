using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>The secret from which the encryption key for data protection keys is derived.</summary>
internal sealed class KeySecret
{
    public const string FromFile = "hkdf-sha256";
    public const string FromPassword = "pbkdf2-sha256-600000";
    private const int KeyBytes = 32;
    private const int ShortestPassword = 16;
    private const int Rounds = 600_000;
    private readonly byte[] secret;

    private KeySecret(byte[] secret, string derivation) => (this.secret, Derivation) = (secret, derivation);

    /// <summary>The key derivation: <see cref="FromFile"/> or <see cref="FromPassword"/>.</summary>
    public string Derivation { get; }

    /// <summary>Null if neither a file nor a password is configured.</summary>
    /// <exception cref="InvalidDataException">The file or password is unusable; the message says how to correct it.</exception>
    public static KeySecret? Of(KeyProtectionOptions options)
    {
        if (options.File is { Length: > 0 } file)
            return new(Read(file), FromFile);
        if (options.Password is not { Length: > 0 } password)
            return null;
        return password.Length >= ShortestPassword
            ? new(Encoding.UTF8.GetBytes(password), FromPassword)
            : throw new InvalidDataException($"Keys:Password is too short: at least {ShortestPassword} characters are required.");
    }

    public byte[] KeyOf(byte[] salt) =>
        Derivation == FromFile
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyBytes, salt, "bright-kitchen data protection"u8.ToArray())
            : Rfc2898DeriveBytes.Pbkdf2(secret, salt, Rounds, HashAlgorithmName.SHA256, KeyBytes);

    private static byte[] Read(string file)
    {
        var howToCreate =
            $"create one with 'umask 077; openssl rand -base64 32 > {file}', store a copy separately from the backups, and use it on all "
            + "servers";
        if (!System.IO.File.Exists(file))
            throw new InvalidDataException($"Keys:File {file} does not exist: {howToCreate}.");
        if (
            !OperatingSystem.IsWindows()
            && (System.IO.File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0
        )
            throw new InvalidDataException($"Keys:File {file} is accessible to every user of this machine: run 'chmod o= {file}'.");
        try
        {
            var bytes = Convert.FromBase64String(System.IO.File.ReadAllText(file).Trim());
            return bytes.Length >= KeyBytes
                ? bytes
                : throw new InvalidDataException(
                    $"Keys:File {file} contains {bytes.Length} bytes, but {KeyBytes} are required: {howToCreate}."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"Keys:File {file} cannot be read: {e.Message} Make it readable for the server's user.");
        }
        catch (FormatException)
        {
            throw new InvalidDataException($"Keys:File {file} is not Base64: {howToCreate}.");
        }
    }
}
