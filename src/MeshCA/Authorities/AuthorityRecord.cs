using MeshCA.Auditing;
using MeshCA.Cryptography;
using MeshCA.Issuance;

namespace MeshCA.Authorities;

/// <summary>Which place in the chain an authority has. The numbers are stored; never reuse one.</summary>
internal enum AuthorityKind
{
    /// <summary>Self-signed, in the trust bundle.</summary>
    Root = 1,

    /// <summary>Signed by a root, signs leaves.</summary>
    Intermediate = 2,

    /// <summary>A new root's key certified by the root before it: stands in chains, signs nothing itself.</summary>
    Cross = 3,

    /// <summary>A key that waits for an intermediate's certificate from a root that lives elsewhere; the certificate is a PKCS#10 request.</summary>
    Request = 4,

    /// <summary>A key that signs JWT-SVIDs; the certificate is a <see cref="JwtKeys.StoredJwtKey"/>, and the issuer itself.</summary>
    JwtKey = 5,
}

/// <summary>Where an authority stands in its life. The numbers are stored; never reuse one.</summary>
internal enum AuthorityState
{
    /// <summary>Published, signs nothing yet.</summary>
    Prepared = 1,

    /// <summary>Signs.</summary>
    Active = 2,

    /// <summary>Still published, signs nothing any more.</summary>
    Old = 3,

    /// <summary>Out of the trust bundle; kept for the record only.</summary>
    Retired = 4,

    /// <summary>Out of the trust bundle because it is no longer to be trusted; never comes back.</summary>
    Revoked = 5,
}

/// <summary>An authority as the store keeps it, without its private key: that leaves the store one at a time, for one use.</summary>
internal sealed record AuthorityRecord
{
    /// <summary>The subject key identifier in lower-case hexadecimal; <see cref="AuthorityIds"/> tells how other kinds are named.</summary>
    public required string Id { get; init; }

    /// <summary>Which place in the chain.</summary>
    public required AuthorityKind Kind { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required AuthorityState State { get; init; }

    /// <summary>The authority that signed it; its own id for a root.</summary>
    public required string Issuer { get; init; }

    /// <summary>The certificate in DER, or what its kind has in the place of one.</summary>
    public required ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it came to its present state; null where an older version of the store did not record it.</summary>
    public DateTimeOffset? StateSince { get; init; }

    /// <summary>When its key was declared compromised; null: it is not.</summary>
    public DateTimeOffset? TaintedAt { get; init; }

    /// <summary>Whether the store holds its private key; given by the store, not to it.</summary>
    public bool HasKey { get; init; }

    /// <summary>Whether the certificate stands among the X.509 authorities of the trust bundle.</summary>
    public bool IsPublished =>
        Kind == AuthorityKind.Root && State is AuthorityState.Prepared or AuthorityState.Active or AuthorityState.Old;
}

/// <summary>How authorities are named that share a key with another.</summary>
internal static class AuthorityIds
{
    private const string RequestPrefix = "csr-";

    /// <summary>The id of a cross-certificate: both roots, new one first.</summary>
    public static string OfCross(string newRoot, string oldRoot) => $"{newRoot}.{oldRoot}";

    /// <summary>The root whose key a cross-certificate certifies.</summary>
    public static string SubjectOfCross(string id) => id[..id.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>The id of a pending request: that of the intermediate to be, marked.</summary>
    public static string OfRequest(string keyIdentifier) => RequestPrefix + keyIdentifier;
}

/// <summary>All authorities at one revision.</summary>
/// <param name="Revision">Grows by one with every change; 0 before the first.</param>
/// <param name="BundleSequence">The revision that last changed the published roots or JWT keys, as <c>spiffe_sequence</c>.</param>
/// <param name="Authorities">Every authority not yet deleted, retired ones too, oldest first.</param>
internal sealed record AuthoritySet(ulong Revision, ulong BundleSequence, IReadOnlyList<AuthorityRecord> Authorities)
{
    /// <summary>The present rotation, or the last one; null before the first.</summary>
    public RotationRecord? Rotation { get; init; }
}

/// <summary>One transition of the authorities: written whole or not at all, together with its journal and audit records.</summary>
internal sealed record AuthorityChange
{
    /// <summary>The revision the change was planned on; another one by now refuses it.</summary>
    public required ulong ExpectedRevision { get; init; }

    /// <summary>Authorities that are new.</summary>
    public IReadOnlyList<AuthorityRecord> Added { get; init; } = [];

    /// <summary>Private keys of new and renewed authorities by id; one without lives elsewhere. They stay the caller's, who disposes of them.</summary>
    public IReadOnlyDictionary<string, Pkcs8PrivateKey> KeysToSeal { get; init; } = new Dictionary<string, Pkcs8PrivateKey>();

    /// <summary>New states by authority id.</summary>
    public IReadOnlyDictionary<string, AuthorityState> Moved { get; init; } = new Dictionary<string, AuthorityState>();

    /// <summary>Authorities whose keys are declared compromised.</summary>
    public IReadOnlyList<string> Tainted { get; init; } = [];

    /// <summary>New certificates for the same keys, by authority id; each comes with its key in <see cref="KeysToSeal"/>, since seals name the certificate.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Renewed { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();

    /// <summary>How the rotation stands after the change; null: as before.</summary>
    public RotationRecord? Rotation { get; init; }

    /// <summary>Whether what is published changes: roots, JWT keys, or which of them are tainted.</summary>
    public required bool ChangesBundle { get; init; }

    /// <summary>The numbers that the set is to have afterwards, where another store has given them; null: the next ones.</summary>
    public AuthorityNumbers? Becomes { get; init; }

    /// <summary>Journal records of the certificates that come with it.</summary>
    public IReadOnlyList<IssuanceRecord> Issued { get; init; } = [];

    /// <summary>What was done, for the audit.</summary>
    public required AuditEvent Audit { get; init; }
}

/// <summary>How far a set of authorities has come.</summary>
/// <param name="Revision">As <see cref="AuthoritySet.Revision"/>.</param>
/// <param name="BundleSequence">As <see cref="AuthoritySet.BundleSequence"/>.</param>
internal sealed record AuthorityNumbers(ulong Revision, ulong BundleSequence);

/// <summary>Keeps the authorities.</summary>
internal interface IAuthorityStore
{
    /// <summary>Loads all authorities, without their keys.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    /// <exception cref="KeySealException">The authorities were changed, or the key-encryption key is missing or wrong.</exception>
    Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Unseals the private key of one authority; the caller disposes of it.</summary>
    /// <returns>Null where the store holds no key of that authority.</returns>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    /// <exception cref="KeySealException">As for <see cref="LoadAsync"/>.</exception>
    Task<Pkcs8PrivateKey?> OpenKeyAsync(string id, CancellationToken cancellationToken);

    /// <summary>Applies a change in one durable transaction, its keys sealed before this first waits.</summary>
    /// <returns>The new set; null if the expected revision is not the present one.</returns>
    /// <exception cref="JournalUnavailableException">Nothing was changed.</exception>
    Task<AuthoritySet?> TryApplyAsync(AuthorityChange change, CancellationToken cancellationToken);
}

/// <summary>A sealed key cannot be opened: the key-encryption key is missing, wrong, or the data was changed.</summary>
internal sealed class KeySealException(string message, Exception? innerException = null) : Exception(message, innerException);
