using System.Threading.Channels;

namespace MeshCA.Agent.Identities;

/// <summary>Lets a loop wait for a time, or for somebody who wakes it before; a call while it does not wait is not lost.</summary>
/// <param name="clock">The clock of the times.</param>
internal sealed class WakeUp(TimeProvider clock)
{
    // Timers do not run while a machine sleeps, and do not follow a clock that is set: look again before long.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);

    // One that waits stands for all: whoever called before it is taken is seen by the work that follows.
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Wakes whoever waits, or the next who would.</summary>
    public void Call() => _calls.Writer.TryWrite(true);

    /// <summary>Waits.</summary>
    /// <param name="time">How long at most; 30 seconds if more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var timer = Task.Delay(time < LongestSleep ? time : LongestSleep, clock, over.Token);
            await Task.WhenAny(timer, _calls.Reader.WaitToReadAsync(over.Token).AsTask());
            await over.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        _calls.Reader.TryRead(out _);
    }
}
