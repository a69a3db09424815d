using System.Collections.Concurrent;
using System.Diagnostics;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.Sealing;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.Torture;

/// <summary>What many kills left.</summary>
/// <param name="Promises">What the killed processes had been promised by their store and recording.</param>
/// <param name="Lost">Promises that did not hold.</param>
/// <param name="Twice">Entries that were acknowledged and would be delivered again, or that are there twice.</param>
/// <param name="Unplayable">Clips that are not the fragments that they were made of, or whose seal does not hold.</param>
public sealed record KillCount(
    int Rounds,
    long Promises,
    long Findings,
    IReadOnlyList<string> Lost,
    IReadOnlyList<string> Twice,
    IReadOnlyList<string> Unplayable
);

/// <summary>Kills a process that writes findings and recordings (SIGKILL) at random moments, and counts what is left.</summary>
public static class KillRounds
{
    private const int RoundsAFolder = 10;
    private const int MostPromises = 10;
    private const int LongestMs = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="stream">A fragmented MP4 that clips and recordings are made of.</param>
    public static async Task<KillCount> RunAsync(string root, string stream, int rounds, CancellationToken cancel)
    {
        var (lost, twice, unplayable) = (new List<string>(), new List<string>(), new List<string>());
        long promises = 0,
            findings = 0;
        var random = new Random();
        List<string> promised = [];
        var folder = "";
        for (var round = 0; round < rounds; round++)
        {
            if (round % RoundsAFolder == 0)
            {
                promised = [];
                if (folder.Length > 0)
                    Directory.Delete(folder, true);
                folder = Directory.CreateDirectory(Path.Combine(root, $"kill-{round}")).FullName;
                Victim.Key(folder).Dispose();
            }

            var said = await KillAsync(
                folder,
                stream,
                random.Next(MostPromises),
                TimeSpan.FromMilliseconds(random.Next(LongestMs)),
                cancel
            );
            promised.AddRange(said);
            promises += said.Count;
            findings += said.Count(s => s.StartsWith("added", StringComparison.Ordinal));
            Look(folder, promised, round, lost, twice, unplayable);
        }

        return new(rounds, promises, findings, lost, twice, unplayable);
    }

    // By how far the victim came and not by the clock alone: on a slow machine a kill after so many milliseconds comes before there is any
    // work.
    private static async Task<IReadOnlyList<string>> KillAsync(
        string folder,
        string stream,
        int promises,
        TimeSpan after,
        CancellationToken cancel
    )
    {
        using var victim = new Process
        {
            StartInfo = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Torture.dll"), folder, stream])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var said = new ConcurrentQueue<string>();
        var evidence = 0;
        var errors = new ConcurrentQueue<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        victim.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                drained.TrySetResult();
            else if (line.Data == "ready")
                ready.TrySetResult();
            else
                said.Enqueue(line.Data);
            // Of evidence: the recording beside it promises much faster.
            if (line.Data?.StartsWith("recorded", StringComparison.Ordinal) == false && line.Data != "ready")
                evidence++;
            if (ready.Task.IsCompletedSuccessfully && evidence >= promises)
                reached.TrySetResult();
        };
        victim.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        victim.EnableRaisingEvents = true;
        victim.Exited += (_, _) =>
        {
            var ended = new InvalidOperationException($"The victim ended before it was killed: {string.Join(Environment.NewLine, errors)}");
            _ = ready.TrySetException(ended) || reached.TrySetException(ended);
        };
        victim.Start();
        victim.BeginOutputReadLine();
        victim.BeginErrorReadLine();
        await ready.Task.WaitAsync(Patience, cancel);
        await reached.Task.WaitAsync(Patience, cancel);
        await Task.Delay(after, cancel);
        victim.Kill();
        await drained.Task.WaitAsync(Patience, cancel);
        await victim.WaitForExitAsync(cancel);
        // A line that the kill cut is no promise.
        return
        [
            .. said.Where(s =>
                s.Split(' ') is ["added" or "final" or "closed", { Length: 32 }] or ["acknowledged", _] or ["recorded", _, _]
            ),
        ];
    }

    private static void Look(
        string folder,
        List<string> promised,
        int round,
        List<string> lost,
        List<string> twice,
        List<string> unplayable
    )
    {
        using var key = Victim.Key(folder);
        using var store = Victim.Open(folder, key);
        var kept = store.Since(DateTimeOffset.UnixEpoch).ToDictionary(f => f.Id.ToString());
        foreach (var id in kept.Keys)
        {
            foreach (var part in Enum.GetValues<EvidencePart>())
            {
                var (bytes, digest) = store.Part(id, part);
                if (Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)) != digest)
                    unplayable.Add($"round {round}: {part} of {id} is not what was written");
            }
        }

        var chain = store
            .Chain(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1))
            .Select(c => Jws.Open<Manifest>(c, key))
            .ToList();
        for (var i = 0; i < chain.Count; i++)
        {
            if (chain[i]?.Number != i + 1)
                unplayable.Add($"round {round}: entry {i + 1} of the chain does not hold");
        }

        var (finals, closes) = (SealedAs(ManifestKinds.Evidence), SealedAs(ManifestKinds.Closed));
        HashSet<string> SealedAs(string what) =>
            [.. chain.OfType<Manifest>().Where(m => m.What == what).Select(m => m.Report.Id.ToString())];
        var outbox = store.Outbox(100_000);
        foreach (var again in outbox.GroupBy(o => (o.Finding, o.What, o.What == "report" ? o.Id : 0)).Where(g => g.Count() > 1))
            twice.Add($"round {round}: {again.Key} is in the outbox {again.Count()} times");
        var waiting = outbox.Select(o => o.Id).ToHashSet();
        var segments = Directory.Exists(Victim.Recordings(folder))
            ? Directory
                .EnumerateFiles(Victim.Recordings(folder), "*" + SegmentName.Extension, SearchOption.AllDirectories)
                .ToDictionary(f => Path.GetFileName(f), f => SegmentReader.Read(f, thoroughly: true))
            : [];
        foreach (var promise in promised)
        {
            var words = promise.Split(' ');
            var holds = words[0] switch
            {
                "added" => kept.ContainsKey(words[1]),
                "final" => finals.Contains(words[1]),
                "closed" => closes.Contains(words[1]) && kept.TryGetValue(words[1], out var report) && report.ClosedAt is not null,
                "recorded" => segments.TryGetValue(words[1], out var content)
                    && content.Init is not null
                    && content.Pieces.Any(p => p.Number == long.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture)),
                _ => true,
            };
            if (!holds)
                lost.Add($"round {round}: {promise}");
            if (words[0] == "acknowledged" && waiting.Contains(long.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture)))
                twice.Add($"round {round}: {promise} would be delivered again");
        }

        // What is recorded is found by the box too.
        new Recordings(Victim.Recordings(folder), NullLogger<Recordings>.Instance).Load();
    }
}
