namespace MeshCA.PolicySources.Watched;

/// <summary>A cluster whose policies and workloads are watched.</summary>
internal interface IWatchedCluster
{
    /// <summary>Whether everything was listed once: until then what is known is no answer.</summary>
    bool HasSynced { get; }

    /// <summary>Why what is known may be old; null while it is not. The same text for the same reason.</summary>
    string? Fault { get; }

    /// <summary>The trust domain of its identities; null: the mesh's.</summary>
    string? TrustDomain { get; }

    /// <summary>Its policies.</summary>
    WatchedPolicies Policies { get; }

    /// <summary>What it runs.</summary>
    WatchedWorkloads Workloads { get; }

    /// <summary>Called when anything changed from which decisions are made. Must be quick.</summary>
    event Action? Changed;

    /// <summary>Waits until everything was listed once.</summary>
    /// <param name="longest">For how long at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was.</returns>
    Task<bool> WaitForSyncAsync(TimeSpan longest, CancellationToken cancellationToken);
}
