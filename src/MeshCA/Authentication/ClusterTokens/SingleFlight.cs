namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Lets callers that ask the same at once share one question.</summary>
/// <remarks>One that gives up takes none with it; when the last has given up, the question is given up too.</remarks>
internal sealed class SingleFlight<TKey, TResult>
    where TKey : struct, IEquatable<TKey>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Flight> _flights = [];

    /// <summary>How many questions are open.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _flights.Count;
            }
        }
    }

    /// <summary>Asks, or waits for the answer to the same question.</summary>
    /// <param name="key">What is asked.</param>
    /// <param name="ask">Asks; its token ends when nobody waits any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    public async Task<TResult> RunAsync(TKey key, Func<CancellationToken, Task<TResult>> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var flight = Board(key, ask);
        try
        {
            return await flight.Answer.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(key, flight);
        }
    }

    private Flight Board(TKey key, Func<CancellationToken, Task<TResult>> ask)
    {
        lock (_lock)
        {
            if (!_flights.TryGetValue(key, out var flight))
            {
                _flights[key] = flight = Flight.Begin(ask);
            }

            flight.Waiting++;
            return flight;
        }
    }

    private void Leave(TKey key, Flight flight)
    {
        lock (_lock)
        {
            if (--flight.Waiting > 0)
            {
                return;
            }

            _flights.Remove(key);
        }

        // Outside of the lock: what ends by it may run right here.
        flight.Dispose();
    }

    private sealed class Flight : IDisposable
    {
        private readonly CancellationTokenSource _left = new();

        private Flight(Func<CancellationToken, Task<TResult>> ask)
        {
            // Not here: nothing is asked while the lock is held. And it begins in any case, or nobody could wait for it.
            var left = _left.Token;
            Answer = Task.Run(() => ask(left), default);
        }

        public Task<TResult> Answer { get; }

        public int Waiting { get; set; }

        public static Flight Begin(Func<CancellationToken, Task<TResult>> ask) => new(ask);

        public void Dispose()
        {
            _left.Cancel();
            _left.Dispose();
        }
    }
}
