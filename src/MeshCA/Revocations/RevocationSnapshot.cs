using System.Collections.Frozen;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registers;
using MeshCA.Revocations.Lists;

namespace MeshCA.Revocations;

/// <summary>Every revocation at one moment, ready to be looked up: immutable, and swapped as a whole.</summary>
internal sealed class RevocationSnapshot : IRevisioned
{
    private readonly BanIndex _bans;
    private readonly FrozenDictionary<SerialNumber, Revocation> _certificates;
    private readonly FrozenDictionary<Fingerprint, Revocation> _keys;
    private readonly FrozenDictionary<string, Revocation> _authorities;

    private RevocationSnapshot(StoredRevocations stored, IReadOnlyList<PublishedList> lists)
    {
        Revision = stored.Revision;
        LastListNumber = stored.LastListNumber;
        Entries = stored.Entries;
        Lists = lists;
        _bans = BanIndex.Of(stored.Entries);
        _certificates = Of(RevocationKind.Certificate).ToFrozenDictionary(entry => entry.Serial);
        _keys = Of(RevocationKind.Key).ToFrozenDictionary(entry => Fingerprint.FromHash(Convert.FromHexString(entry.Subject)));
        _authorities = Of(RevocationKind.Authority).ToFrozenDictionary(entry => entry.Subject, StringComparer.Ordinal);
        HasBans = !_bans.IsEmpty;
        HasCertificates = _certificates.Count + _keys.Count + _authorities.Count > 0;

        IEnumerable<Revocation> Of(RevocationKind kind) => stored.Entries.Where(entry => entry.Kind == kind);
    }

    /// <summary>Of a new store: nothing is revoked.</summary>
    public static RevocationSnapshot None { get; } = Compile(StoredRevocations.None, previous: null);

    /// <summary>Grows by one with every change, lists included; restarts do not set it back.</summary>
    public long Revision { get; }

    /// <summary>The last number that a list was given.</summary>
    public long LastListNumber { get; }

    /// <summary>Every revocation, oldest first.</summary>
    public IReadOnlyList<Revocation> Entries { get; }

    /// <summary>The lists as they are served.</summary>
    public IReadOnlyList<PublishedList> Lists { get; }

    /// <summary>Whether identities are banned, be it no longer in force.</summary>
    public bool HasBans { get; }

    /// <summary>Whether certificates, keys or authorities are revoked.</summary>
    public bool HasCertificates { get; }

    /// <summary>Compiles what is kept.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="previous">The snapshot before: lists that it has are not read again; null for the first.</param>
    public static RevocationSnapshot Compile(StoredRevocations stored, RevocationSnapshot? previous) => new(
        stored,
        [
            .. stored.Lists.Select(list =>
                previous?.Lists.FirstOrDefault(known => known.Authority == list.Authority && known.ShortNumber == list.Number)
                ?? PublishedList.Of(list)),
        ]);

    /// <summary>Finds what bans an identity.</summary>
    /// <param name="id">The SPIFFE ID; untrusted.</param>
    /// <param name="now">Bans that have ended are passed over.</param>
    public Revocation? FindBan(string id, DateTimeOffset now) => _bans.Find(id, now);

    /// <summary>Finds what revokes a key.</summary>
    public Revocation? FindKey(Fingerprint key) => _keys.GetValueOrDefault(key);

    /// <summary>Finds what revokes an authority.</summary>
    public Revocation? FindAuthority(string id) => _authorities.GetValueOrDefault(id);

    /// <summary>Finds what revokes a certificate: itself, its key or its signer.</summary>
    public Revocation? FindCertificate(CertificateFacts certificate) =>
        _certificates.TryGetValue(certificate.Serial, out var found)
            && (certificate.Authority.Length == 0 || found.Issuer == certificate.Authority) ? found
        : FindKey(certificate.Key) ?? FindAuthority(certificate.Authority);
}
