namespace MeshCA.Agent.Sockets;

/// <summary>Bounds what is open, of one process and of all: streams, or connections.</summary>
/// <param name="most">Most of all.</param>
/// <param name="mostOfProcess">Most of one process.</param>
internal sealed class ProcessQuota(int most, int mostOfProcess)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, int> _open = [];
    private int _all;

    /// <summary>How many are open.</summary>
    public int Open => Volatile.Read(ref _all);

    /// <summary>How many the process of a connection has open.</summary>
    public int OpenOf(WorkloadConnection connection)
    {
        lock (_lock)
        {
            return _open.GetValueOrDefault(KeyOf(connection));
        }
    }

    /// <summary>Lets one in; <see cref="Leave"/> must follow if it does.</summary>
    /// <param name="connection">Where it came from.</param>
    /// <returns>False if its process, or all together, have as many as they may.</returns>
    public bool TryEnter(WorkloadConnection connection)
    {
        var key = KeyOf(connection);
        lock (_lock)
        {
            var own = _open.GetValueOrDefault(key);
            if (_all >= most || own >= mostOfProcess)
            {
                return false;
            }

            _open[key] = own + 1;
            _all++;
            return true;
        }
    }

    /// <summary>Gives the place of one back.</summary>
    public void Leave(WorkloadConnection connection)
    {
        var key = KeyOf(connection);
        lock (_lock)
        {
            _all--;
            if (--_open[key] == 0)
            {
                _open.Remove(key);
            }
        }
    }

    // A process that cannot be seen from here has the number 0, as every other such one: those count by connection.
    private static object KeyOf(WorkloadConnection connection) => connection.Peer is { ProcessId: > 0 } peer
        ? new Process(peer.ProcessId, peer.UserId)
        : connection;

    private sealed record Process(int Id, uint User);
}
