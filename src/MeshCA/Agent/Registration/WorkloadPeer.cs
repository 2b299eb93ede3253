using System.Collections.Immutable;

namespace MeshCA.Agent.Registration;

/// <summary>Who opened a connection to the agent: what the kernel noted then, which the peer cannot forge (unix(7), SO_PEERCRED).</summary>
/// <remarks>
/// User and group are those of the moment of the connection, and decide for as long as it is open. The process number decides
/// nothing: by now it may be another's. It only counts streams and finds a peer in the log.
/// </remarks>
/// <param name="ProcessId">Its process; 0 where it is in a namespace that this process cannot see.</param>
/// <param name="UserId">Its effective user.</param>
/// <param name="GroupId">Its effective group.</param>
internal sealed record WorkloadPeer(int ProcessId, uint UserId, uint GroupId)
{
    /// <summary>What selectors are held against.</summary>
    public ImmutableArray<Selector> Facts => [new Selector.UserId(UserId), new Selector.GroupId(GroupId)];
}
