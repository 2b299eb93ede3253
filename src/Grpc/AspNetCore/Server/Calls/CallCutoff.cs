using System.IO;
using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>
/// The race between a handler and what may end its call meanwhile: its deadline and, if it streams, the stop of the server.
/// Only the side that moves <see cref="_phase"/> out of <see cref="Phase.Running"/> touches the response.
/// </summary>
internal sealed class CallCutoff : IDisposable
{
    // RFC 9113 §7 and §8.1.
    private const int ResetNoError = 0;
    private const int ResetCancel = 8;

    private readonly HttpContext _http;
    private readonly CancellationTokenSource _cancellation;
    private readonly PipeWriter? _responses;
    private readonly Lock _release = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration? _stop;
    private volatile Phase _phase;
    private volatile bool _requestEnded;
    private volatile bool _writesReleased;
    private volatile StatusCode _cause;

    /// <summary>Starts the timer and listens for the stop.</summary>
    /// <param name="http">The call's request.</param>
    /// <param name="timeout">What is left; a timer holds at most 24 days, and no call lives longer. Null for no deadline.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stopping">Cancelled when a streaming call must end because the server does; null for a call that does not
    /// stream, for which the server waits.</param>
    public CallCutoff(HttpContext http, TimeSpan? timeout, TimeProvider clock, CancellationToken? stopping)
    {
        _http = http;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        Token = _cancellation.Token;
        if (timeout is { } left)
        {
            Deadline = (clock.GetUtcNow() + left).UtcDateTime;
            var due = left.TotalMilliseconds < int.MaxValue ? left : Timeout.InfiniteTimeSpan;
            _timer = clock.CreateTimer(
                static state => ((CallCutoff)state!).OnDue(StatusCode.DeadlineExceeded), this, due, Timeout.InfiniteTimeSpan);
        }

        if (stopping is not { } stop)
        {
            return;
        }

        // Not on the thread that stops the server: it has thousands of streams to tell.
        _responses = http.Response.BodyWriter;
        _stop = stop.UnsafeRegister(
            static state => ThreadPool.UnsafeQueueUserWorkItem(
                static cutoff => cutoff.OnDue(StatusCode.Unavailable), (CallCutoff)state!, preferLocal: false),
            this);
    }

    private enum Phase
    {
        /// <summary>The handler works, and nobody writes.</summary>
        Running,

        /// <summary>The handler writes.</summary>
        Writing,

        /// <summary>The call was cut off meanwhile: who writes then answers for it.</summary>
        WritingExpired,

        /// <summary>The cut-off owns the response.</summary>
        Expired,

        /// <summary>The handler owns the response.</summary>
        Finished,
    }

    /// <summary>When the deadline passes, in UTC; <see cref="DateTime.MaxValue"/> if there is none.</summary>
    public DateTime Deadline { get; } = DateTime.MaxValue;

    /// <summary>Cancelled when the client is gone or the call was cut off.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether writes must no longer wait for the client.</summary>
    public bool AreWritesReleased => _writesReleased;

    /// <summary>Completes when the answer of the cut-off is out. The request must not end before.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Whether the cut-off owns the response; the token may follow a moment later.</summary>
    public bool HasExpired => _phase is Phase.Expired or Phase.WritingExpired;

    /// <summary>Why the call was cut off; OK if it was not.</summary>
    public StatusCode Cause => _cause;

    /// <summary>Says that the request was read to its end.</summary>
    public void RequestEnded() => _requestEnded = true;

    /// <summary>Claims the response for the handler.</summary>
    /// <returns>False if the cut-off has it.</returns>
    public bool TryFinish() => Swap(Phase.Running, Phase.Finished) is Phase.Running or Phase.Finished;

    /// <summary>Keeps the cut-off from the response while the handler writes.</summary>
    /// <returns>False if the call was cut off.</returns>
    public bool TryBeginWrite() => Swap(Phase.Running, Phase.Writing) == Phase.Running;

    /// <summary>Lets a write that waits for the client go on: what it wrote is on its way, and is sent before the status.</summary>
    public void ReleaseWrite()
    {
        _writesReleased = true;
        _responses?.CancelPendingFlush();
    }

    /// <summary>Ends <see cref="TryBeginWrite"/>, and gives the answer if the call was cut off meanwhile.</summary>
    public Task EndWriteAsync()
    {
        // Who releases the write is done with the response by then: Kestrel uses it again for another call.
        lock (_release)
        {
            if (Swap(Phase.Writing, Phase.Running) == Phase.Writing)
            {
                return Task.CompletedTask;
            }

            _ = Swap(Phase.WritingExpired, Phase.Expired);
        }

        return AnswerAsync();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _stop?.Dispose();
        _cancellation.Dispose();
    }

    private Phase Swap(Phase from, Phase to) => Interlocked.CompareExchange(ref _phase, to, from);

    private void OnDue(StatusCode cause)
    {
        // The first cause stays; who then finds the call cut off must find a cause.
        _ = Interlocked.CompareExchange(ref _cause, cause, StatusCode.OK);

        // Until it is seen to be over: from Writing the handler may return to Running, and back, between two attempts.
        while (true)
        {
            switch (Swap(Phase.Running, Phase.Expired))
            {
                case Phase.Running:
                    _ = AnswerAsync(); // The handler's side awaits Answered.
                    return;
                case Phase.Writing when !TryExpireWrite():
                    continue;
                default:
                    return;
            }
        }
    }

    private bool TryExpireWrite()
    {
        lock (_release)
        {
            if (Swap(Phase.Writing, Phase.WritingExpired) != Phase.Writing)
            {
                return false;
            }

            ReleaseWrite();
            return true;
        }
    }

    private Status Answer() => _cause == StatusCode.DeadlineExceeded
        ? new(StatusCode.DeadlineExceeded, "deadline exceeded")
        : new(StatusCode.Unavailable, "the server is stopping");

    // The order matters: with the stream reset or the handler woken first, the status would be lost.
    private async Task AnswerAsync()
    {
        try
        {
            CallStart.SetContentType(_http);
            StatusTrailers.Write(_http, Answer());
            await _http.Response.CompleteAsync();
            if (_cause != StatusCode.DeadlineExceeded)
            {
                // Kestrel ends the upload when the handler has: a reset could overtake the status.
                _http.Request.BodyReader.CancelPendingRead();
            }
            else if (_writesReleased)
            {
                // Drops what the client did not take in time, and with it the status.
                _http.Features.Get<IHttpResetFeature>()?.Reset(ResetCancel);
            }
            else if (!_requestEnded)
            {
                // Ends the upload behind a whole answer. CANCEL would be taken for the answer by a client whose own clock has
                // not reached the deadline yet (grpcio: CANCELLED instead of DEADLINE_EXCEEDED).
                _http.Features.Get<IHttpResetFeature>()?.Reset(ResetNoError);
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
