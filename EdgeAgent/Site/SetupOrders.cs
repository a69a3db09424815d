using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>
/// Applies setup orders from the server. Each order is validated, applied on trial, and rolled back when the affected cameras do not come
/// up or the edge agent does not survive the trial. The state of the order is written to disk before each step, so that an edge agent that
/// a setup crashes at its start returns to the previous settings.
/// </summary>
internal sealed partial class SetupOrders : BackgroundService
{
    private const int MostStarts = 2;
    private static readonly TimeSpan TrialTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly string file;
    private readonly SiteStore site;
    private readonly CameraStatus board;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private Standing standing;
    private DateTimeOffset taken;
    private long onTrial;
    private long since;
    private bool unwritten;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SetupOrders(SiteStore site, CameraStatus board, AgentFolders folders, TimeProvider time, ILogger<SetupOrders> logger)
    {
        (this.site, this.board, this.time, this.logger, file) = (site, board, time, logger, folders.In("setup.json"));
        taken = time.GetUtcNow();
        standing = File.Exists(file) ? Read(file) : new(0, SetupStates.None, null, 0, [], [], 0);
        try
        {
            if (standing is { State: SetupStates.OnTrial, Undoing: { } why })
                Undo(why);
            else if (standing.State == SetupStates.OnTrial && standing.Version > site.Current.Version)
                Decide(SetupStates.Refused, "the edge device stopped before the setup was in force; send it again");
            else if (standing.State == SetupStates.OnTrial)
                StartedOnTrial();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk must not stop the monitoring: evaluated again every second.
            NotWritten(e.Message);
        }
    }

    /// <summary>The state that is reported to the server.</summary>
    public SetupReport Report
    {
        get
        {
            lock (gate)
                return new(site.Current.Version, standing.Revision, standing.State, standing.Refusal, SetupOf(site.Current));
        }
    }

    /// <summary>Applies an order that is newer than all previous ones; an older order is ignored.</summary>
    public void Take(SetupOrder order)
    {
        lock (gate)
        {
            if (order.Revision <= standing.Revision)
                return;
            OrderTaken(order.Revision);
            if (
                order.Setup is not { Cameras: not null, Rules: not null, TimeZone: not null, ClockSource: not null }
                || order.Setup.Rules.Any(r => r?.Hours is null)
                || order.Setup.Cameras.Any(c => c?.Url is null)
            )
            {
                standing = standing with { Revision = order.Revision };
                Decide(SetupStates.Refused, "the setup is incomplete");
                return;
            }

            var before = site.Current;
            var next = SettingsOf(order.Setup, before);
            var live = board.All.Where(c => c.State == CameraStates.Live).Select(c => c.Camera.Value).ToHashSet();
            // A camera that is new or has a changed stream must become live, and one that was live must stay live. A camera that was
            // already down proves nothing.
            var changed = next.Cameras.Where(c => !before.Cameras.Any(b => b.Same(c))).Select(c => c.Id).ToList();
            taken = time.GetUtcNow();
            standing = new(
                order.Revision,
                SetupStates.OnTrial,
                null,
                before.Version + 1,
                [.. next.Cameras.Select(c => c.Id).Where(live.Contains).Except(changed)],
                changed,
                0
            );
            try
            {
                Write();
                if (site.Change(_ => next) is { Count: > 0 } faults)
                    Decide(SetupStates.Refused, string.Join(' ', faults));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The settings file decides what is in force, not how far the writes came.
                if (site.Current.Version < standing.Version)
                    Decide(
                        SetupStates.Refused,
                        $"the device cannot store the settings ({ReasonOf(e)}); the previous settings are still in force. "
                            + "Free space on its disk and send them again"
                    );
                else
                    NotWritten(e.Message);
            }

            NotifyChanged();
        }
    }

    /// <summary>Completes when <see cref="Report"/> may have changed.</summary>
    public async Task ChangedAsync(CancellationToken stop)
    {
        Task order;
        lock (gate)
            order = changed.Task;
        await await Task.WhenAny(order.WaitAsync(stop), site.ChangedAsync(site.Current.Version, stop));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    /// <summary>Evaluates a running trial; called once a second.</summary>
    internal void Look()
    {
        lock (gate)
        {
            if (unwritten)
                WriteAgain();
            if (standing.State != SetupStates.OnTrial)
                return;
            if (onTrial != standing.Revision)
                (onTrial, since) = (standing.Revision, time.GetTimestamp());
            try
            {
                Judge(time.GetElapsedTime(since));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk: evaluated again after a second.
                NotWritten(e.Message);
            }
        }
    }

    private void Judge(TimeSpan tried)
    {
        if (standing.Undoing is { } why)
        {
            Undo(why);
            return;
        }

        // Only what the settings file contains is in force.
        if (site.Current.Version < standing.Version)
        {
            Decide(SetupStates.Refused, "the device could not apply the settings; the previous ones are still in force. Send them again");
            return;
        }

        // A user changed the settings on the edge agent's own page meanwhile: that change takes precedence and ends the trial.
        if (site.Current.Version != standing.Version)
        {
            Decide(SetupStates.InForce, null);
            return;
        }

        var states = board.All.ToDictionary(c => c.Camera.Value);
        bool Shows(string camera) => states.GetValueOrDefault(camera)?.State == CameraStates.Live;
        // A changed camera is still live through its old connection for a moment.
        var down = standing
            .Watched.Where(c => !Shows(c))
            .Concat(standing.Changed.Where(c => !Shows(c) || states[c].Since < taken))
            .ToList();
        if (down.Count == 0)
            Decide(SetupStates.InForce, null);
        else if (tried > TrialTime)
            Undo(
                string.Join(
                    "; ",
                    down.Select(c =>
                        states.TryGetValue(c, out var health)
                            ? $"camera '{c}' is {health.State}: {health.Detail}"
                            : $"camera '{c}' did not start"
                    )
                )
            );
    }

    private void StartedOnTrial()
    {
        standing = standing with { Starts = standing.Starts + 1 };
        Write();
        if (standing.Starts >= MostStarts)
            Undo($"the edge device stopped {standing.Starts} times during the trial");
    }

    // The intention is on disk first: if the edge agent stops in between, it knows at the next start that the newer settings are the
    // restored ones.
    private void Undo(string why)
    {
        if (standing.Undoing is null)
        {
            var intended = standing with { Undoing = why };
            Write(intended);
            standing = intended;
        }

        try
        {
            if (site.Current.Version == standing.Version)
                site.RollBack();
        }
        catch (InvalidDataException e)
        {
            NotUndone(e.Message);
            Decide(SetupStates.InForce, $"{why}; the previous settings are damaged and cannot be restored");
            return;
        }

        Decide(SetupStates.RolledBack, $"{why}; the previous settings are in force again");
    }

    // The decision takes effect and is reported at once, even while the disk refuses to store it.
    private void Decide(string state, string? refusal)
    {
        standing = standing with { State = state, Refusal = refusal };
        WriteAgain();
        OrderDecided(standing.Revision, state, refusal ?? "");
        NotifyChanged();
    }

    private void WriteAgain()
    {
        try
        {
            Write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!unwritten)
                NotWritten(e.Message);
            unwritten = true;
        }
    }

    // Removes the file path, which means nothing to a user of the server.
    private static string ReasonOf(Exception e) =>
        e is UnauthorizedAccessException ? "access to its data folder is denied" : e.Message.Split(" : '")[0].TrimEnd('.');

    private void NotifyChanged()
    {
        var former = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        former.SetResult();
    }

    private void Write() => Write(standing);

    private void Write(Standing what)
    {
        PrivateFile.Write(file, JsonSerializer.Serialize(what));
        unwritten = false;
    }

    // A damaged file loses only the record of the last order, which the server sends again.
    private static Standing Read(string file)
    {
        try
        {
            return
                JsonSerializer.Deserialize<Standing>(File.ReadAllText(file))
                    is { Watched: not null, Changed: not null, State: not null } read
                ? read
                : throw new JsonException("it is empty");
        }
        catch (JsonException)
        {
            File.Move(file, file + ".damaged", overwrite: true);
            return new(0, SetupStates.None, null, 0, [], [], 0);
        }
    }

    private static SiteSettings SettingsOf(SiteSetup setup, SiteSettings before) =>
        new(
            before.Version,
            setup.TimeZone,
            [
                .. setup.Cameras.Select(c =>
                    new CameraOptions
                    {
                        Id = c.Id,
                        Name = c.Name ?? "",
                        Url = c.Url,
                        SubUrl = c.SubUrl,
                        Transport = c.Transport ?? "tcp",
                        Reencode = c.Reencode,
                        User = c.User,
                        Password = c.Password,
                    }.WithKnownPassword(before.Cameras)
                ),
            ],
            [
                .. setup.Rules.Select(r => new RuleOptions
                {
                    Camera = r.Camera ?? "",
                    Kind = r.Kind ?? "",
                    ZoneName = r.ZoneName ?? "",
                    Zone = r.Zone ?? "",
                    Taught = r.Taught ?? "",
                    Hours = [.. r.Hours],
                    Dwell = TimeSpan.FromSeconds(Math.Clamp(r.DwellSeconds, -1, 1e6)),
                    Quiet = TimeSpan.FromSeconds(Math.Clamp(r.QuietSeconds, -1, 1e6)),
                }),
            ],
            setup.ClockSource
        );

    private static SiteSetup SetupOf(SiteSettings settings) =>
        new(
            settings.TimeZone,
            settings.ClockSource,
            [
                .. settings
                    .Cameras.Select(c => c.Redacted())
                    .Select(c => new CameraSetup(c.Id, c.Name, c.Url, c.SubUrl, c.Transport, c.Reencode, c.User, null)),
            ],
            [
                .. settings.Rules.Select(r => new RuleSetup(
                    r.Camera,
                    r.Kind,
                    r.ZoneName,
                    r.Zone,
                    r.Taught,
                    r.Hours,
                    r.Dwell.TotalSeconds,
                    r.Quiet.TotalSeconds
                )),
            ]
        );

    /// <param name="Version">The settings version that the order produced.</param>
    /// <param name="Watched">Cameras that must stay live for the order to be accepted.</param>
    /// <param name="Changed">Cameras that must become live again.</param>
    /// <param name="Starts">How often the edge agent started during the trial.</param>
    private sealed record Standing(
        long Revision,
        string State,
        string? Refusal,
        long Version,
        IReadOnlyList<string> Watched,
        IReadOnlyList<string> Changed,
        int Starts
    )
    {
        /// <summary>Why the previous settings are being restored; null when they are not.</summary>
        public string? Undoing { get; init; }
    }

    [LoggerMessage(LogLevel.Error, "A setup that failed its trial cannot be undone and stays in force: {Reason}")]
    private partial void NotUndone(string reason);

    [LoggerMessage(LogLevel.Warning, "The result of a setup cannot be stored; storing it is retried: {Reason}")]
    private partial void NotWritten(string reason);

    [LoggerMessage(LogLevel.Information, "The server requested setup {Revision}")]
    private partial void OrderTaken(long revision);

    [LoggerMessage(LogLevel.Information, "Setup {Revision} is {State} {Refusal}")]
    private partial void OrderDecided(long revision, string state, string refusal);
}
