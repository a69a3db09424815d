using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.CentralServer.Playback;

/// <summary>
/// Requests for recordings on edge agents. The edge agent is notified through its hub and uploads the recording in a request of its own,
/// whose body is streamed on to the viewer: nothing is stored here.
/// </summary>
internal sealed class Recalls(IHubContext<BoxHub, IBoxClient> boxes, Notifier notifier)
{
    private const int MostOfBox = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Guid, Asked> asked = new();

    /// <summary>Requests a recording from an edge agent and forwards the answer.</summary>
    /// <param name="pass">Forwards the edge agent's upload, which must not be used after it returns.</param>
    /// <returns>False if the edge agent does not answer within 10 s, or has eight open requests already.</returns>
    public async Task<bool> AskAsync(string box, RecallOrder order, Func<HttpRequest, Task> pass, CancellationToken cancel)
    {
        var mine = new Asked(box);
        // Scrubbing aborts earlier requests, so requests over the limit are refused instead of queued.
        if (asked.Values.Count(a => a.Box == box) >= MostOfBox || !asked.TryAdd(order.Id, mine))
            return false;
        try
        {
            if (!await notifier.SendAsync("recall", () => boxes.Clients.User(box).Recall(order)))
                return false;
            var request = await mine.Answer.Task.WaitAsync(Patience, cancel);
            await pass(request);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            asked.TryRemove(order.Id, out _);
            mine.Done.TrySetResult();
        }
    }

    /// <summary>Accepts an edge agent's upload and returns when it has been forwarded; false if no one waits for it.</summary>
    public async Task<bool> AnswerAsync(string box, Guid id, HttpRequest request)
    {
        if (!asked.TryGetValue(id, out var mine) || mine.Box != box || !mine.Answer.TrySetResult(request))
            return false;
        await mine.Done.Task.WaitAsync(request.HttpContext.RequestAborted);
        return true;
    }

    private sealed record Asked(string Box)
    {
        public TaskCompletionSource<HttpRequest> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
