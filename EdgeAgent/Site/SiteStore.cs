using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>
/// The newest site settings, on disk before anybody works by them; the ones before are kept beside for the way back. Cameras' passwords are encrypted
/// in the file. Thread-safe.
/// </summary>
internal sealed partial class SiteStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly Lock gate = new();
    private readonly string file, previous;
    private readonly IDataProtector secrets;
    private readonly ILogger logger;
    private volatile SiteSettings current;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="InvalidDataException">The file is damaged, or what it says is wrong.</exception>
    public SiteStore(BoxSettings settings, BoxFolders folders, IDataProtectionProvider protection, ILogger<SiteStore> logger)
        : this(settings, folders.In("site.json"), protection, logger)
    {
    }

    /// <param name="file">Where the settings lie; the ones before lie beside.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or what it says is wrong.</exception>
    public SiteStore(BoxSettings settings, string file, IDataProtectionProvider protection, ILogger<SiteStore> logger)
    {
        this.logger = logger;
        secrets = protection.CreateProtector("camera passwords");
        (this.file, previous) = (file, Path.ChangeExtension(file, ".previous.json"));
        current = File.Exists(file) ? Read(file) : new(0, settings.TimeZone, settings.Cameras.Cameras, settings.Rules);
    }

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
    public IReadOnlyList<string> Change(Func<SiteSettings, SiteSettings> change)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            var next = change(current) with { Version = current.Version + 1 };
            if (next.Faults().ToList() is { Count: > 0 } faults)
                return faults;
            if (File.Exists(file))
                File.Copy(file, previous, overwrite: true);
            else
                Write(previous, current);
            Write(file, next);
            current = next;
            (told, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        SettingsChanged(current.Version, current.Cameras.Count, current.Rules.Count);
        told.SetResult();
        return [];
    }

    /// <summary>Goes back to the settings before the newest, as a version of its own.</summary>
    public void RollBack()
    {
        if (File.Exists(previous))
            Change(_ => Read(previous));
    }

    private SiteSettings Read(string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize<SiteSettings>(File.ReadAllText(path), Json) is { Cameras: not null, Rules: not null, TimeZone: not null } whole
                ? whole : throw new JsonException("it lacks cameras, rules or the time zone");
            read = read with { Cameras = [.. read.Cameras.Select(c => c.WithPassword(c.Password is null ? null : secrets.Unprotect(c.Password)))] };
            return read.Faults().ToList() is { Count: > 0 } faults ? throw new JsonException(string.Join(' ', faults)) : read;
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            throw new InvalidDataException($"The site's settings '{path}' cannot be used ({e.Message}). Put '{previous}' in their place, or move them away and set the cameras up anew.", e);
        }
    }

    // Whole or not at all: a power cut leaves the old file or the new one.
    private void Write(string path, SiteSettings settings)
    {
        var hidden = settings with { Cameras = [.. settings.Cameras.Select(c => c.WithPassword(c.Password is null ? null : secrets.Protect(c.Password)))] };
        PrivateFile.Write(path, JsonSerializer.Serialize(hidden, Json));
    }

    [LoggerMessage(LogLevel.Information, "Settings {Version} are in force: {Cameras} cameras, {Rules} rules")]
    private partial void SettingsChanged(long version, int cameras, int rules);
}
