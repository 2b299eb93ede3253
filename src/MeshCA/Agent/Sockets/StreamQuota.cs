using MeshCA.Configuration;

namespace MeshCA.Agent.Sockets;

/// <summary>Bounds the streams that are open, of one process and of all.</summary>
internal sealed class StreamQuota(WorkloadOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, int> _open = [];
    private int _all;

    /// <summary>How many are open.</summary>
    public int Open => Volatile.Read(ref _all);

    /// <summary>Lets a stream in; <see cref="Leave"/> must follow if it does.</summary>
    /// <param name="connection">Where it came from.</param>
    /// <returns>False if its process, or all together, have as many as they may.</returns>
    public bool TryEnter(WorkloadConnection connection)
    {
        var key = KeyOf(connection);
        lock (_lock)
        {
            var own = _open.GetValueOrDefault(key);
            if (_all >= options.MaxStreams || own >= options.MaxStreamsPerProcess)
            {
                return false;
            }

            _open[key] = own + 1;
            _all++;
            return true;
        }
    }

    /// <summary>Gives the place of a stream back.</summary>
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
