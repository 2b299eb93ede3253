using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.Revocations;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Verification;

namespace MeshCA.Storage;

/// <summary>The whole store behind one contract; an embedded and a shared database implement it alike.</summary>
/// <remarks>What must hold of every implementation stands in the tests' <c>StoreContract</c>.</remarks>
internal interface IStore
    : IIssuanceJournal, IAuthorityStore, IAuditLog, IPolicyStore, IIssuedLeaves, IConsumerStore, IRevocationStore, IFederationStore, IStoreQueries,
        IAsyncDisposable
{
    /// <summary>Whether the store takes records now.</summary>
    StoreHealth Health { get; }

    /// <summary>Removes what retention lets go.</summary>
    /// <param name="now">The time by which it is judged, which may be behind the clock.</param>
    /// <param name="cancellationToken">Ends it between two portions.</param>
    /// <returns>How many records and events went.</returns>
    /// <exception cref="JournalUnavailableException">The store cannot be written.</exception>
    Task<long> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>What an administrator may ask of a store, also while another process serves on it.</summary>
internal interface IStoreQueries
{
    /// <summary>Finds journal records, newest first.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<RecordPage<JournalEntry>> FindRecordsAsync(JournalQuery query, CancellationToken cancellationToken);

    /// <summary>Finds audit events, newest first.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<RecordPage<AuditEntry>> FindEventsAsync(AuditQuery query, CancellationToken cancellationToken);

    /// <summary>Finds a page of certificates by one index.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<CertificatePage> FindCertificatesAsync(CertificateQuery query, CancellationToken cancellationToken);

    /// <summary>Reads a part of a chain with what proves it.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<ExportPage> ExportAsync(ExportQuery query, CancellationToken cancellationToken);

    /// <summary>Verifies both chains and all checkpoints.</summary>
    /// <param name="expected">A checkpoint known from outside the store, if any.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<VerificationReport> VerifyAsync(CheckpointReference? expected, CancellationToken cancellationToken);
}
