using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>
/// The newest site settings, on disk before they take effect; the previous version is stored beside them for a rollback. Camera passwords
/// are encrypted in the file. Thread-safe.
/// </summary>
internal sealed partial class SiteStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private const string Protected = "protected:";

    // Does not resolve in any DNS, so that the camera's status shows what is missing and no credentials are sent anywhere.
    private const string LostAddress = "rtsp://address-lost.invalid/";
    private readonly Lock gate = new();
    private readonly string file;
    private readonly string previous;
    private readonly IDataProtector secrets;
    private readonly TaughtStates taught;
    private readonly ILogger logger;
    private readonly Dictionary<string, LostCamera> sealedCameras = [];
    private volatile SiteSettings current;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="initial">The settings to use while none are saved.</param>
    /// <exception cref="InvalidDataException">The file is damaged or its content is invalid.</exception>
    public SiteStore(SiteSettings initial, AgentFolders folders, IDataProtectionProvider protection, ILogger<SiteStore> logger)
        : this(initial, folders.In("site.json"), protection, logger) { }

    /// <param name="initial">The settings to use while none are saved.</param>
    /// <param name="file">Path of the settings file; the previous version is stored beside it.</param>
    /// <exception cref="InvalidDataException">The file is damaged or its content is invalid.</exception>
    public SiteStore(SiteSettings initial, string file, IDataProtectionProvider protection, ILogger<SiteStore> logger)
    {
        this.logger = logger;
        secrets = protection.CreateProtector("camera passwords");
        taught = new(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "zones"));
        (this.file, previous) = (file, Path.ChangeExtension(file, ".previous.json"));
        // The second case resumes a recovery that an earlier start did not complete.
        if (
            File.Exists(file)
                ? PrivateFile.IsLost(file) || PrivateFile.IsCutOff(file)
                : File.Exists(previous) && File.Exists(file + ".damaged")
        )
            Damaged = BringBack();
        var lost = new List<LostCamera>();
        current = File.Exists(file) ? Read(file, lost) : initial;
        foreach (var camera in lost)
            sealedCameras[camera.Stored.Id] = camera;
        if (lost.Count > 0)
            Damaged = string.Join(' ', [.. new[] { Damaged }.OfType<string>(), WithoutSecrets(lost)]);
    }

    /// <summary>
    /// What a power loss damaged in the settings or their encryption keys and what is in force instead, as sentences; null when everything
    /// was intact.
    /// </summary>
    public string? Damaged { get; }

    public SiteSettings Current => current;

    /// <summary>Completes when the current version differs from <paramref name="known"/>.</summary>
    public async Task ChangedAsync(long known, CancellationToken stop)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (current.Version != known)
                    return;
                next = changed.Task;
            }

            await next.WaitAsync(stop);
        }
    }

    /// <summary>Applies a change to the newest settings under a lock, so that concurrent changes do not overwrite each other.</summary>
    /// <returns>The errors in the result, one per line; empty on success. With errors nothing is changed.</returns>
    /// <exception cref="IOException">The disk refuses the write; nothing is changed.</exception>
    public IReadOnlyList<string> Change(Func<SiteSettings, SiteSettings> change) => Change(change, back: false);

    private List<string> Change(Func<SiteSettings, SiteSettings> change, bool back)
    {
        TaskCompletionSource former;
        lock (gate)
        {
            var next = change(current) with { Version = current.Version + 1 };
            if (next.Faults().ToList() is { Count: > 0 } faults)
                return faults;
            // Unchanged rules must not block another change.
            var known = current.Rules.Select(r => JsonSerializer.Serialize(r)).ToHashSet();
            var added = next.Rules.Where(r => !known.Contains(JsonSerializer.Serialize(r)));
            // A rollback must not be blocked by rules that were in force before.
            if (!back && added.SelectMany(r => r.SetFaults(taught.Of)).ToList() is { Count: > 0 } unfit)
                return unfit;
            // The previous version is replaced only after the new settings are completely on disk, so that a full disk leaves both
            // unchanged.
            PrivateFile.Prepare(file, TextOf(next));
            PrivateFile.Write(previous, TextOf(current));
            PrivateFile.Place(file);
            current = next;
            (former, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        SettingsChanged(current.Version, current.Cameras.Count, current.Rules.Count);
        former.SetResult();
        return [];
    }

    /// <summary>Restores the previous settings, as a new version.</summary>
    /// <exception cref="IOException">The disk refuses the write; nothing is changed.</exception>
    /// <exception cref="InvalidDataException">The previous settings are damaged; nothing is changed.</exception>
    public void RollBack()
    {
        if (File.Exists(previous) && Change(_ => Previous(), back: true) is { Count: > 0 } faults)
            throw new InvalidDataException(string.Join(' ', faults));
    }

    private SiteSettings Previous()
    {
        var lost = new List<LostCamera>();
        var read = Read(previous, lost);
        return lost.Count == 0 ? read : throw new InvalidDataException(TextOf(lost));
    }

    // An error by a user who edited the file is not damage: it is reported, and nothing is restored.
    private string BringBack()
    {
        var isThere = File.Exists(previous) && !PrivateFile.IsLost(previous);
        // A full disk fails here, before anything is moved.
        if (isThere)
            PrivateFile.Prepare(file, File.ReadAllText(previous));
        if (File.Exists(file))
            File.Move(file, file + ".damaged", overwrite: true);
        if (isThere)
            PrivateFile.Place(file);
        var damaged =
            $"The site's settings '{Path.GetFileName(file)}' were damaged and were renamed to "
            + $"'{Path.GetFileName(file)}.damaged'; "
            + (
                isThere
                    ? "the previous settings are in force. Check cameras and rules."
                    : "the device's own settings file is in force. Set up cameras and rules again."
            );
        SettingsDamaged(damaged);
        return damaged;
    }

    /// <param name="lost">Receives the cameras whose password or address cannot be decrypted; they stay, without it.</param>
    /// <exception cref="IOException">The keys cannot be read, which is not the same as lost.</exception>
    private SiteSettings Read(string path, List<LostCamera> lost)
    {
        try
        {
            var read = JsonSerializer.Deserialize<SiteSettings>(File.ReadAllText(path), Json)
                is { Cameras: not null, Rules: not null, TimeZone: not null } whole
                ? whole
                : throw new JsonException("it lacks cameras, rules or the time zone");
            read = read with { Cameras = [.. read.Cameras.Select(c => c is null ? null! : Shown(c, lost))] };
            return read.Faults().ToList() is { Count: > 0 } faults ? throw new JsonException(string.Join(' ', faults)) : read;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"The site's settings '{path}' cannot be used ({e.Message}). Put '{previous}' in their place, or move them away and "
                    + "set up the cameras again.",
                e
            );
        }
    }

    private string TextOf(SiteSettings settings) =>
        JsonSerializer.Serialize(settings with { Cameras = [.. settings.Cameras.Select(Hidden)] }, Json);

    // An address may contain a password too.
    private CameraOptions Hidden(CameraOptions camera)
    {
        // What cannot be decrypted is saved as it was until it is entered again: keys that come back bring it back.
        var stored = sealedCameras.GetValueOrDefault(camera.Id) is { } lost && lost.IsShownAs(camera) ? lost.Stored : null;
        var hidden = camera.WithPassword(camera.Password is null ? stored?.Password : secrets.Protect(camera.Password));
        string Url(string url, string? sealedUrl) =>
            url == LostAddress && sealedUrl is not null ? sealedUrl
            : CameraUrl.Redact(url) == url ? url
            : Protected + secrets.Protect(url);
        hidden.Url = Url(camera.Url, stored?.Url);
        hidden.SubUrl = camera.SubUrl is null ? null : Url(camera.SubUrl, stored?.SubUrl);
        return hidden;
    }

    // Without the key a camera keeps its name and rules: only the encrypted values must be entered again.
    private CameraOptions Shown(CameraOptions camera, List<LostCamera> lost)
    {
        var isLost = false;
        string? Clear(string secret)
        {
            try
            {
                return secrets.Unprotect(secret);
            }
            catch (CryptographicException e) when (Unreadable(e) is { } why)
            {
                throw new IOException($"The keys in 'keys' cannot be read: {why.Message}", e);
            }
            catch (CryptographicException)
            {
                isLost = true;
                return null;
            }
        }

        string Url(string url) => url.StartsWith(Protected, StringComparison.Ordinal) ? Clear(url[Protected.Length..]) ?? LostAddress : url;
        var shown = camera.WithPassword(camera.Password is null ? null : Clear(camera.Password));
        (shown.Url, shown.SubUrl) = (camera.Url is null ? null! : Url(camera.Url), camera.SubUrl is null ? null : Url(camera.SubUrl));
        if (isLost)
            lost.Add(new(shown, camera));
        return shown;
    }

    // Data protection reports a key file that it may not open, or that the disk does not give, as a failed decryption.
    private static Exception? Unreadable(Exception e)
    {
        for (var cause = e.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is IOException or UnauthorizedAccessException)
                return cause;
        }

        return null;
    }

    private string WithoutSecrets(List<LostCamera> cameras)
    {
        var damaged = TextOf(cameras) + " Everything else is in force.";
        SettingsDamaged(damaged);
        return damaged;
    }

    private static string TextOf(List<LostCamera> cameras) =>
        "The keys in 'keys' that encrypt cameras' passwords are damaged or missing. Restore them, or enter the password, and the address "
        + $"where it contained one, again for: {string.Join(", ", cameras.Select(c => c.Stored.DisplayName))}.";

    [LoggerMessage(LogLevel.Error, "{Damage}")]
    private partial void SettingsDamaged(string damage);

    [LoggerMessage(LogLevel.Information, "Settings {Version} are in force: {Cameras} cameras, {Rules} rules")]
    private partial void SettingsChanged(long version, int cameras, int rules);

    /// <summary>A camera whose secrets cannot be decrypted: without them, and as it is stored.</summary>
    private sealed record LostCamera(CameraOptions Shown, CameraOptions Stored)
    {
        /// <summary>Whether a camera still is the one that was read: another address or user must not get the stored password.</summary>
        public bool IsShownAs(CameraOptions camera) => (camera.Url, camera.SubUrl, camera.User) == (Shown.Url, Shown.SubUrl, Shown.User);
    }
}
