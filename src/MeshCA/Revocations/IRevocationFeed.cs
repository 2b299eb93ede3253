namespace MeshCA.Revocations;

/// <summary>Where the present revocations are found.</summary>
internal interface IRevocations
{
    /// <summary>The present snapshot; one volatile read.</summary>
    RevocationSnapshot Current { get; }
}

/// <summary>What a push of bans and lists to agents stands on: the present revision, and the wait for the next.</summary>
internal interface IRevocationFeed : IRevocations
{
    /// <summary>Waits until a revision, or a later one, is in force.</summary>
    /// <param name="revision">The revision; one that is in force already is returned at once.</param>
    /// <param name="cancellationToken">Bounds the wait.</param>
    /// <returns>The snapshot then in force; changes between are in it, each revision is not given.</returns>
    ValueTask<RevocationSnapshot> WaitForAsync(long revision, CancellationToken cancellationToken);
}
