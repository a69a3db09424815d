using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Identity;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Writes sign-ins to the audit log. Failures are counted and written as a summary every <see cref="SignInOptions.RecordFailuresEvery"/>,
/// so that continuous guessing adds a few entries instead of one per attempt.
/// </summary>
internal sealed partial class SignInJournal(
    IServiceScopeFactory scopes,
    IOptions<SignInOptions> options,
    TimeProvider time,
    ILogger<SignInJournal> logger
) : BackgroundService
{
    /// <summary>Maximum number of people who get their own entry per summary; the rest share one entry.</summary>
    internal const int MostNamed = 20;
    internal const string SignedIn = "in";
    internal const string WithSecondFactor = "in-mfa";
    internal const string Failures = "failed";
    internal const string UnknownNames = "unknown";
    internal const string Others = "others";
    private const int MostAddresses = 3;
    private const int MostCounted = 10_000;
    private const int Capacity = 50_000;
    private static readonly TimeSpan RepeatWindow = TimeSpan.FromMinutes(10);
    private readonly Lock counting = new();
    private readonly ConcurrentDictionary<(string Person, string Address), DateTimeOffset> recent = new();
    private Dictionary<string, FailureCount> failures = [];

    /// <summary>
    /// Records a successful sign-in; a repetition by the same person from the same address within ten minutes is not recorded again.
    /// </summary>
    public async Task SucceededAsync(Person person, string address, bool secondFactor, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (recent.TryGetValue((person.Id, address), out var last) && now - last < RepeatWindow)
            return;
        if (recent.Count > Capacity)
            recent.Clear();
        await WriteAsync(
            [new(person.Id, AuditActions.SignIn, null, Subject(person.Id), $"{(secondFactor ? WithSecondFactor : SignedIn)}: {address}")],
            cancel
        );
        recent[(person.Id, address)] = now;
    }

    /// <summary>Counts a failed sign-in.</summary>
    /// <param name="personId">Null for an unknown name; <see cref="Others"/> for a person who must not be named.</param>
    public void Count(string? personId, string address)
    {
        lock (counting)
        {
            var key = personId ?? "";
            if (!failures.ContainsKey(key) && failures.Count >= MostCounted)
                key = Others;
            if (!failures.TryGetValue(key, out var found))
                failures[key] = found = new();
            found.Number++;
            if (found.Addresses.Count < MostAddresses && !found.Addresses.Contains(address))
                found.Addresses.Add(address);
        }
    }

    /// <summary>Writes the counted failures; failures that cannot be written remain counted.</summary>
    public async Task FlushAsync(CancellationToken cancel)
    {
        Dictionary<string, FailureCount> counted;
        lock (counting)
            (counted, failures) = (failures, []);
        if (counted.Count == 0)
            return;
        var people = counted.Where(c => c.Key is not ("" or Others)).OrderByDescending(c => c.Value.Number).ToList();
        var notes = people
            .Take(MostNamed)
            .Select(p => new AuditNote("", AuditActions.SignIn, null, Subject(p.Key), $"{Failures}: {p.Value}"))
            .ToList();
        if (
            people.Skip(MostNamed).Select(p => p.Value).Concat(counted.Where(c => c.Key == Others).Select(c => c.Value)).ToList() is
            { Count: > 0 } rest
        )
            notes.Add(new("", AuditActions.SignIn, null, AuditSubjects.Server, $"{Failures}: {rest.Sum(r => r.Number)} × {Others}"));
        if (counted.TryGetValue("", out var unknown))
            notes.Add(new("", AuditActions.SignIn, null, AuditSubjects.Server, $"{UnknownNames}: {unknown}"));
        try
        {
            await WriteAsync(notes, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            NotWritten(e.Message);
            PutBack(counted);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RecordFailuresEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await FlushAsync(stoppingToken);
    }

    private static string Subject(string personId) => $"{AuditSubjects.Person}{personId}";

    private void PutBack(Dictionary<string, FailureCount> counted)
    {
        lock (counting)
        {
            foreach (var (key, value) in counted)
            {
                if (failures.TryGetValue(key, out var found))
                    found.Number += value.Number;
                else if (failures.Count < MostCounted)
                    failures[key] = value;
            }
        }
    }

    private async Task WriteAsync(IReadOnlyList<AuditNote> notes, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AuditLog>().WriteAsync(notes, cancel);
    }

    [LoggerMessage(LogLevel.Error, "Failed sign-ins cannot be written to the audit log; they remain counted until they can: {Reason}")]
    private partial void NotWritten(string reason);

    private sealed class FailureCount
    {
        public long Number { get; set; }

        public List<string> Addresses { get; } = [];

        public override string ToString() => $"{Number} × {string.Join(", ", Addresses)}{(Addresses.Count == MostAddresses ? " …" : "")}";
    }
}
