namespace Grpc.Wire;

/// <summary>Lets one read, or one write, of a stream through at a time, until it is closed.</summary>
internal sealed class Turnstile
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _closed;
    private bool _taken;

    /// <summary>Whether somebody is inside.</summary>
    public bool IsTaken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>Goes in; <see cref="Leave"/> must follow.</summary>
    /// <param name="what">What goes on inside, for the message.</param>
    /// <exception cref="InvalidOperationException">Somebody is inside, or it is closed.</exception>
    public void Enter(string what)
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new InvalidOperationException($"{what} after the end of the stream");
            }

            if (_taken)
            {
                throw new InvalidOperationException($"{what} while another is under way: one at a time");
            }

            _taken = true;
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _taken = false;
            _closed?.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more.</summary>
    /// <returns>Completes when nobody is inside.</returns>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_taken)
            {
                _closed.TrySetResult();
            }

            return _closed.Task;
        }
    }
}
