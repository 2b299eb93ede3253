using MeshCA.Auditing;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registers;

namespace MeshCA.Revocations;

/// <summary>What must survive a restart: every revocation, and the lists that were published.</summary>
internal sealed record StoredRevocations : IStoredState<StoredRevocations>
{
    /// <summary>Of a new store.</summary>
    public static StoredRevocations None { get; } = new();

    /// <summary>Grows by one with every change.</summary>
    public long Revision { get; init; }

    /// <summary>The last number that a revocation was given.</summary>
    public long LastNumber { get; init; }

    /// <summary>The last number that a list was given: one count for all authorities, so that none of theirs goes back (RFC 5280 §5.2.3).</summary>
    public long LastListNumber { get; init; }

    /// <summary>The revocations, oldest first.</summary>
    public IReadOnlyList<Revocation> Entries { get; init; } = [];

    /// <summary>The lists signed here, one for each authority.</summary>
    public IReadOnlyList<StoredList> Lists { get; init; } = [];

    /// <inheritdoc />
    public StoredRevocations At(long revision) => this with { Revision = revision };
}

/// <summary>A list as it was signed.</summary>
/// <param name="Authority">Id of the authority that signed it.</param>
/// <param name="Number">Its number.</param>
/// <param name="Der">The list.</param>
internal sealed record StoredList(string Authority, long Number, ReadOnlyMemory<byte> Der);

/// <summary>Which live certificates to look for; exactly one of the first four is set.</summary>
internal sealed record LiveQuery
{
    /// <summary>Leaves of one identity, or of all below it.</summary>
    public Revocation? Ban { get; init; }

    /// <summary>The certificate of any kind with a serial.</summary>
    public SerialNumber? Serial { get; init; }

    /// <summary>Leaves with a key.</summary>
    public Fingerprint? Key { get; init; }

    /// <summary>Leaves that an authority signed.</summary>
    public string? Authority { get; init; }

    /// <summary>Certificates that end before are not live.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Certificates issued before are not looked at: they ended long ago.</summary>
    public required DateTimeOffset IssuedSince { get; init; }

    /// <summary>Most certificates to give; they are counted beyond it.</summary>
    public int Limit { get; init; }
}

/// <summary>The live certificates found.</summary>
/// <param name="Count">How many.</param>
/// <param name="LastEnd">End of the one that ends last; null: none lives.</param>
/// <param name="First">Those that end last, as many as were asked for.</param>
internal sealed record LiveCertificates(long Count, DateTimeOffset? LastEnd, IReadOnlyList<LiveCertificate> First);

/// <summary>One of them.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="Authority">Who signed it.</param>
/// <param name="NotAfter">Its end.</param>
internal sealed record LiveCertificate(SerialNumber Serial, string Authority, DateTimeOffset NotAfter);

/// <summary>Keeps revocations durably.</summary>
internal interface IRevocationStore
{
    /// <summary>Reads what is kept.</summary>
    /// <exception cref="Authorities.KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<StoredRevocations> LoadRevocationsAsync(CancellationToken cancellationToken);

    /// <summary>Puts the next state in the place of the previous: all of it or nothing; the task completes when it is durable.</summary>
    /// <param name="previous">What is kept now.</param>
    /// <param name="next">What is to be kept.</param>
    /// <param name="audit">What was done, written with it.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="JournalUnavailableException">Nothing was written.</exception>
    Task SaveRevocationsAsync(
        StoredRevocations previous, StoredRevocations next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken);

    /// <summary>Finds certificates that were issued and have not ended.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<LiveCertificates> FindLiveAsync(LiveQuery query, CancellationToken cancellationToken);
}
