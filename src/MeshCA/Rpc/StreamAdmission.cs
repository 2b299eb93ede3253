using MeshCA.Configuration;

namespace MeshCA.Rpc;

/// <summary>Bounds the streaming calls that are open. They may last for days, so they take no place of requests in work.</summary>
internal sealed class StreamAdmission(LimitsOptions limits)
{
    private readonly OpenStreams _all = new();

    /// <summary>Lets a stream in; <see cref="Leave"/> must follow if it does.</summary>
    /// <param name="connection">The streams of its connection.</param>
    /// <returns>False if the connection, or all together, have as many as they may.</returns>
    public bool TryEnter(OpenStreams connection)
    {
        if (!connection.TryEnter(limits.MaxStreamingCallsPerConnection))
        {
            return false;
        }

        if (_all.TryEnter(limits.MaxStreamingCalls))
        {
            return true;
        }

        connection.Leave();
        return false;
    }

    /// <summary>Gives the place of a stream back.</summary>
    public void Leave(OpenStreams connection)
    {
        _all.Leave();
        connection.Leave();
    }
}
