using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Registers;

namespace MeshCA.Federation;

/// <summary>What must survive a restart: every peer with its bundle.</summary>
internal sealed record StoredFederation : IStoredState<StoredFederation>
{
    /// <summary>Of a new store.</summary>
    public static StoredFederation None { get; } = new();

    /// <summary>Grows by one with every change.</summary>
    public long Revision { get; init; }

    /// <summary>The peers, by the names of their trust domains.</summary>
    public IReadOnlyList<FederatedPeer> Peers { get; init; } = [];

    /// <summary>Bytes of all bundle documents together.</summary>
    public long DocumentBytes => Peers.Sum(peer => (long)peer.Document.Length);

    /// <inheritdoc />
    public StoredFederation At(long revision) => this with { Revision = revision };
}

/// <summary>Keeps peers durably.</summary>
internal interface IFederationStore
{
    /// <summary>Reads what is kept.</summary>
    /// <exception cref="Authorities.KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<StoredFederation> LoadFederationAsync(CancellationToken cancellationToken);

    /// <summary>Puts the next state in the place of the previous: all of it or nothing; the task completes when it is durable.</summary>
    /// <param name="previous">What is kept now.</param>
    /// <param name="next">What is to be kept.</param>
    /// <param name="audit">What was done, written with it.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="JournalUnavailableException">Nothing was written.</exception>
    Task SaveFederationAsync(
        StoredFederation previous, StoredFederation next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken);
}
