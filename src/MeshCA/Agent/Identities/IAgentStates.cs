namespace MeshCA.Agent.Identities;

/// <summary>Where those that serve workloads get the agent's state. Safe for any number of callers at once.</summary>
internal interface IAgentStates
{
    /// <summary>The present state; one volatile read.</summary>
    AgentState Current { get; }

    /// <summary>Waits for another state than one known already.</summary>
    /// <param name="revision">The revision of the state that is known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The newest state, once it is newer: those between are never seen.</returns>
    Task<AgentState> NewerThanAsync(long revision, CancellationToken cancellationToken);
}
