using System.IO;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>
/// The race between a handler and the deadline of its call. Only the side that moves <see cref="_phase"/> out of
/// <see cref="Phase.Running"/> touches the response.
/// </summary>
internal sealed class CallDeadline : IDisposable
{
    private const int ResetCancel = 8;
    private static readonly Status Exceeded = new(StatusCode.DeadlineExceeded, "deadline exceeded");

    private readonly HttpContext _http;
    private readonly CancellationTokenSource _cancellation;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private volatile Phase _phase;
    private volatile bool _requestEnded;

    /// <summary>Starts the timer.</summary>
    /// <param name="http">The call's request.</param>
    /// <param name="timeout">What is left; a timer holds at most 24 days, and no call lives longer.</param>
    /// <param name="clock">The clock.</param>
    public CallDeadline(HttpContext http, TimeSpan timeout, TimeProvider clock)
    {
        _http = http;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        Time = (clock.GetUtcNow() + timeout).UtcDateTime;
        var due = timeout.TotalMilliseconds < int.MaxValue ? timeout : Timeout.InfiniteTimeSpan;
        _timer = clock.CreateTimer(static state => ((CallDeadline)state!).OnDue(), this, due, Timeout.InfiniteTimeSpan);
    }

    private enum Phase
    {
        /// <summary>The handler works, and nobody writes.</summary>
        Running,

        /// <summary>The handler writes response headers.</summary>
        Writing,

        /// <summary>The deadline passed meanwhile: who writes the headers then answers for it.</summary>
        WritingExpired,

        /// <summary>The deadline owns the response.</summary>
        Expired,

        /// <summary>The handler owns the response.</summary>
        Finished,
    }

    /// <summary>When it passes, in UTC.</summary>
    public DateTime Time { get; }

    /// <summary>Cancelled when the client is gone or the deadline has passed.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>Completes when the answer DEADLINE_EXCEEDED is out. The request must not end before.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Whether the deadline owns the response; the token may follow a moment later.</summary>
    public bool HasExpired => _phase == Phase.Expired;

    /// <summary>Says that the request was read to its end.</summary>
    public void RequestEnded() => _requestEnded = true;

    /// <summary>Claims the response for the handler.</summary>
    /// <returns>False if the deadline has it.</returns>
    public bool TryFinish() => Swap(Phase.Running, Phase.Finished) is Phase.Running or Phase.Finished;

    /// <summary>Keeps the deadline off the response while its headers are written.</summary>
    /// <returns>False if the deadline has passed.</returns>
    public bool TryBeginWrite() => Swap(Phase.Running, Phase.Writing) == Phase.Running;

    /// <summary>Ends <see cref="TryBeginWrite"/>, and gives the answer if the deadline passed meanwhile.</summary>
    public Task EndWriteAsync()
    {
        if (Swap(Phase.Writing, Phase.Running) == Phase.Writing)
        {
            return Task.CompletedTask;
        }

        _ = Swap(Phase.WritingExpired, Phase.Expired);
        return AnswerAsync();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _cancellation.Dispose();
    }

    private Phase Swap(Phase from, Phase to) => Interlocked.CompareExchange(ref _phase, to, from);

    private void OnDue()
    {
        // Twice at most: from Writing the handler may return to Running between the two attempts.
        while (true)
        {
            switch (Swap(Phase.Running, Phase.Expired))
            {
                case Phase.Running:
                    _ = AnswerAsync(); // The handler's side awaits Answered.
                    return;
                case Phase.Writing when Swap(Phase.Writing, Phase.WritingExpired) != Phase.Writing:
                    continue;
                default:
                    return;
            }
        }
    }

    // The order matters: with the stream reset or the handler woken first, the status would be lost.
    private async Task AnswerAsync()
    {
        try
        {
            CallStart.SetContentType(_http);
            StatusTrailers.Write(_http, Exceeded);
            await _http.Response.CompleteAsync();
            if (!_requestEnded)
            {
                // Ends the upload. Else the stream is closed already, and some clients take the reset for the answer.
                _http.Features.Get<IHttpResetFeature>()?.Reset(ResetCancel);
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The connection ended at the same time: nobody is left to answer.
        }
        finally
        {
            try
            {
                await _cancellation.CancelAsync();
            }
            finally
            {
                // Whatever a handler's callback throws: who waits for the answer must not wait for ever.
                _answered.SetResult();
            }
        }
    }
}
