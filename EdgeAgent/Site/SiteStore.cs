using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>
/// The newest site settings, on disk before anybody works by them; the ones before are kept beside for the way back. Cameras' passwords are
/// encrypted in the file. Thread-safe.
/// </summary>
internal sealed partial class SiteStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private const string Protected = "protected:";

    // No name server knows it, so that the camera's state says what is missing and nobody is sent a sign-in.
    private const string LostAddress = "rtsp://address-lost.invalid/";
    private readonly Lock gate = new();
    private readonly string file;
    private readonly string previous;
    private readonly IDataProtector secrets;
    private readonly TaughtStates taught;
    private readonly ILogger logger;
    private volatile SiteSettings current;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="initial">The settings where nothing was saved yet.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or what it says is wrong.</exception>
    public SiteStore(SiteSettings initial, AgentFolders folders, IDataProtectionProvider protection, ILogger<SiteStore> logger)
        : this(initial, folders.In("site.json"), protection, logger) { }

    /// <param name="initial">The settings where nothing was saved yet.</param>
    /// <param name="file">Where the settings lie; the ones before lie beside.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or what it says is wrong.</exception>
    public SiteStore(SiteSettings initial, string file, IDataProtectionProvider protection, ILogger<SiteStore> logger)
    {
        this.logger = logger;
        secrets = protection.CreateProtector("camera passwords");
        taught = new(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "zones"));
        (this.file, previous) = (file, Path.ChangeExtension(file, ".previous.json"));
        // Also where an earlier start was cut short in the middle of it.
        if (
            File.Exists(file)
                ? PrivateFile.IsLost(file) || PrivateFile.IsCutOff(file)
                : File.Exists(previous) && File.Exists(file + ".damaged")
        )
            Damaged = BringBack();
        var lost = new List<string>();
        current = File.Exists(file) ? Read(file, lost) : initial;
        if (lost.Count > 0)
            Damaged = string.Join(' ', [.. new[] { Damaged }.OfType<string>(), WithoutSecrets(lost)]);
    }

    /// <summary>
    /// What a power cut left of the settings or of the keys that encrypt them, and what is in force instead, in words; null where all was
    /// whole.
    /// </summary>
    public string? Damaged { get; }

    public SiteSettings Current => current;

    /// <summary>Returns once there are settings of another version than this one.</summary>
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

    /// <summary>Changes the newest settings under a lock, so that two changes at once do not undo each other.</summary>
    /// <returns>What is wrong with the result, a line each; nothing is changed then.</returns>
    /// <exception cref="IOException">The disk does not take it; nothing is changed.</exception>
    public IReadOnlyList<string> Change(Func<SiteSettings, SiteSettings> change) => Change(change, back: false);

    private List<string> Change(Func<SiteSettings, SiteSettings> change, bool back)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            var next = change(current) with { Version = current.Version + 1 };
            if (next.Faults().ToList() is { Count: > 0 } faults)
                return faults;
            // What stays as it was hinders no other change.
            var known = current.Rules.Select(r => JsonSerializer.Serialize(r)).ToHashSet();
            var added = next.Rules.Where(r => !known.Contains(JsonSerializer.Serialize(r)));
            // Nor is the way back hindered by rules that were in force before.
            if (!back && added.SelectMany(r => r.SetFaults(taught.Of)).ToList() is { Count: > 0 } unfit)
                return unfit;
            // The way back is replaced once the new settings are on disk as a whole, so that a full disk leaves both as they were.
            PrivateFile.Prepare(file, TextOf(next));
            PrivateFile.Write(previous, TextOf(current));
            PrivateFile.Place(file);
            current = next;
            (told, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        SettingsChanged(current.Version, current.Cameras.Count, current.Rules.Count);
        told.SetResult();
        return [];
    }

    /// <summary>Goes back to the settings before the newest, as a version of its own.</summary>
    /// <exception cref="IOException">The disk does not take it; nothing is changed.</exception>
    /// <exception cref="InvalidDataException">The settings before are damaged; nothing is changed.</exception>
    public void RollBack()
    {
        if (File.Exists(previous) && Change(_ => Read(previous, []), back: true) is { Count: > 0 } faults)
            throw new InvalidDataException(string.Join(' ', faults));
    }

    // A mistake of somebody who edited the file is no damage: it is named, and nothing is taken back.
    private string BringBack()
    {
        var isThere = File.Exists(previous) && !PrivateFile.IsLost(previous);
        // A full disk refuses before anything is moved.
        if (isThere)
            PrivateFile.Prepare(file, File.ReadAllText(previous));
        if (File.Exists(file))
            File.Move(file, file + ".damaged", overwrite: true);
        if (isThere)
            PrivateFile.Place(file);
        var damaged =
            $"The site's settings '{Path.GetFileName(file)}' were damaged and are set aside as "
            + $"'{Path.GetFileName(file)}.damaged'; "
            + (
                isThere
                    ? "those before them are in force. Check cameras and rules."
                    : "those of the device's own settings file are in force. Set cameras and rules up anew."
            );
        SettingsDamaged(damaged);
        return damaged;
    }

    /// <param name="lost">Gains the cameras whose password or address cannot be decrypted; they stay, without it.</param>
    private SiteSettings Read(string path, List<string> lost)
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
                    + "set the cameras up anew.",
                e
            );
        }
    }

    private string TextOf(SiteSettings settings) =>
        JsonSerializer.Serialize(settings with { Cameras = [.. settings.Cameras.Select(Hidden)] }, Json);

    // An address may hold a password too.
    private CameraOptions Hidden(CameraOptions camera)
    {
        var hidden = camera.WithPassword(camera.Password is null ? null : secrets.Protect(camera.Password));
        string Url(string url) => CameraUrl.Redact(url) == url ? url : Protected + secrets.Protect(url);
        (hidden.Url, hidden.SubUrl) = (Url(camera.Url), camera.SubUrl is null ? null : Url(camera.SubUrl));
        return hidden;
    }

    // Without its key a camera keeps its name and its rules: only what was encrypted must be typed again.
    private CameraOptions Shown(CameraOptions camera, List<string> lost)
    {
        var isLost = false;
        string? Clear(string secret)
        {
            try
            {
                return secrets.Unprotect(secret);
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
            lost.Add(camera.DisplayName);
        return shown;
    }

    private string WithoutSecrets(List<string> cameras)
    {
        var damaged =
            "The keys in 'keys' that encrypt cameras' passwords are damaged or gone. Type the password, and the address where it held "
            + $"one, anew of: {string.Join(", ", cameras)}. Everything else is in force.";
        SettingsDamaged(damaged);
        return damaged;
    }

    [LoggerMessage(LogLevel.Error, "{Damage}")]
    private partial void SettingsDamaged(string damage);

    [LoggerMessage(LogLevel.Information, "Settings {Version} are in force: {Cameras} cameras, {Rules} rules")]
    private partial void SettingsChanged(long version, int cameras, int rules);
}
