using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Issuance;

namespace MeshCA.Storage;

/// <summary>The whole store behind one contract; an embedded and a shared database implement it alike.</summary>
/// <remarks>What must hold of every implementation stands in the tests' <c>StoreContract</c>.</remarks>
internal interface IStore : IIssuanceJournal, IAuthorityStore, IAuditLog, IAsyncDisposable
{
    /// <summary>Whether the store takes records now.</summary>
    StoreHealth Health { get; }
}
