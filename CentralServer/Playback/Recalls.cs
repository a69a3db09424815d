using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.CentralServer.Playback;

/// <summary>
/// What people want to see of the boxes' recordings. A box is told by its hub and puts what was asked into a request of its own, whose body
/// goes straight on to whoever asked: nothing is kept here.
/// </summary>
internal sealed class Recalls(IHubContext<BoxHub, IBoxClient> boxes, Notifier notifier)
{
    private const int MostOfBox = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Guid, Asked> asked = new();

    /// <summary>Asks a box and passes its answer on.</summary>
    /// <param name="pass">Gets the request with which the box answers; nothing of it can be had afterwards.</param>
    /// <returns>False where the box does not answer, or is asked too much already.</returns>
    public async Task<bool> AskAsync(string box, RecallOrder order, Func<HttpRequest, Task> pass, CancellationToken cancel)
    {
        var mine = new Asked(box);
        // Whoever scrubs leaves what he asked for before; what is over the limit waits for nobody.
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

    /// <summary>A box's answer; returns once it was passed on. False where nobody waits for it.</summary>
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
