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
internal sealed class PlaybackRequests(IHubContext<BoxHub, IBoxClient> boxes, Notifier notifier)
{
    private const int MaxPerBox = 8;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Guid, PendingRequest> pending = new();

    /// <summary>Requests a recording from an edge agent and forwards the answer.</summary>
    /// <param name="pass">Forwards the edge agent's upload, which must not be used after it returns.</param>
    /// <returns>False if the edge agent does not answer within 10 s, or has eight open requests already.</returns>
    public async Task<bool> SendAsync(string box, RecallOrder order, Func<HttpRequest, Task> pass, CancellationToken cancel)
    {
        var mine = new PendingRequest(box);
        // Scrubbing aborts earlier requests, so requests over the limit are refused instead of queued.
        if (pending.Values.Count(a => a.Box == box) >= MaxPerBox || !pending.TryAdd(order.Id, mine))
            return false;
        try
        {
            if (!await notifier.SendAsync("recall", () => boxes.Clients.User(box).Recall(order)))
                return false;
            var request = await mine.Answer.Task.WaitAsync(AnswerTimeout, cancel);
            await pass(request);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            pending.TryRemove(order.Id, out _);
            mine.Done.TrySetResult();
        }
    }

    /// <summary>Accepts an edge agent's upload and returns when it has been forwarded; false if no one waits for it.</summary>
    public async Task<bool> AnswerAsync(string box, Guid id, HttpRequest request)
    {
        if (!pending.TryGetValue(id, out var mine) || mine.Box != box || !mine.Answer.TrySetResult(request))
            return false;
        await mine.Done.Task.WaitAsync(request.HttpContext.RequestAborted);
        return true;
    }

    private sealed record PendingRequest(string Box)
    {
        public TaskCompletionSource<HttpRequest> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
