using System.Runtime.InteropServices;

namespace MeshCA.Agent.Sockets;

/// <summary>Which bound is reached.</summary>
internal enum QuotaBound
{
    /// <summary>None: there is room.</summary>
    None,

    /// <summary>That of the process.</summary>
    Process,

    /// <summary>That of all processes of the user together.</summary>
    User,

    /// <summary>That of all together.</summary>
    All,
}

/// <summary>Bounds what is open, of one process, of one user and of all: streams, or connections.</summary>
/// <remarks>By user too, or one with many processes could take every place. Root's and the agent's own count as any other's.</remarks>
/// <param name="most">Most of all.</param>
/// <param name="mostOfUser">Most of one user.</param>
/// <param name="mostOfProcess">Most of one process.</param>
internal sealed class ProcessQuota(int most, int mostOfUser, int mostOfProcess)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, int> _open = [];
    private readonly Dictionary<uint, int> _openOfUser = [];
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
    /// <returns>The bound that keeps it out, the narrowest first; none: it is in.</returns>
    public QuotaBound Enter(WorkloadConnection connection)
    {
        var key = KeyOf(connection);
        lock (_lock)
        {
            var bound = _open.GetValueOrDefault(key) >= mostOfProcess ? QuotaBound.Process
                : _openOfUser.GetValueOrDefault(connection.Peer.UserId) >= mostOfUser ? QuotaBound.User
                : _all >= most ? QuotaBound.All
                : QuotaBound.None;
            if (bound == QuotaBound.None)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_open, key, out _)++;
                CollectionsMarshal.GetValueRefOrAddDefault(_openOfUser, connection.Peer.UserId, out _)++;
                _all++;
            }

            return bound;
        }
    }

    /// <summary>Gives the place of one back.</summary>
    public void Leave(WorkloadConnection connection)
    {
        lock (_lock)
        {
            _all--;
            Release(_open, KeyOf(connection));
            Release(_openOfUser, connection.Peer.UserId);
        }
    }

    private static void Release<T>(Dictionary<T, int> open, T key)
        where T : notnull
    {
        if (--open[key] == 0)
        {
            open.Remove(key);
        }
    }

    // A process that cannot be seen from here has the number 0, as every other such one: those count by connection.
    private static object KeyOf(WorkloadConnection connection) => connection.Peer is { ProcessId: > 0 } peer
        ? new Process(peer.ProcessId, peer.UserId)
        : connection;

    private sealed record Process(int Id, uint User);
}
