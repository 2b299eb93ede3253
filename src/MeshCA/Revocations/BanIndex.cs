using System.Collections.Frozen;

namespace MeshCA.Revocations;

/// <summary>Bans, ready to be looked up by SPIFFE ID: immutable.</summary>
internal sealed class BanIndex
{
    private readonly FrozenDictionary<string, Revocation> _identities;
    private readonly PrefixTree? _prefixes;

    private BanIndex(FrozenDictionary<string, Revocation> identities, PrefixTree? prefixes) => (_identities, _prefixes) = (identities, prefixes);

    /// <summary>Without any.</summary>
    public static BanIndex None { get; } = Of([]);

    /// <summary>Whether there is none, be it no longer in force.</summary>
    public bool IsEmpty => _identities.Count == 0 && _prefixes is null;

    /// <summary>Compiles bans.</summary>
    /// <param name="entries">The bans, their subjects SPIFFE IDs, no two of one kind with the same; what is none is passed over.</param>
    public static BanIndex Of(IReadOnlyList<Revocation> entries)
    {
        var prefixes = entries.Where(entry => entry.Kind == RevocationKind.Prefix).ToList();
        return new(
            entries.Where(entry => entry.Kind == RevocationKind.Identity).ToFrozenDictionary(entry => entry.Subject, StringComparer.Ordinal),
            prefixes.Count > 0 ? PrefixTree.Of(prefixes) : null);
    }

    /// <summary>Finds what bans an identity.</summary>
    /// <param name="id">The SPIFFE ID; untrusted.</param>
    /// <param name="now">Bans that have ended are passed over.</param>
    public Revocation? Find(string id, DateTimeOffset now) =>
        _identities.TryGetValue(id, out var ban) && ban.IsInForce(now) ? ban : _prefixes?.Find(id, now);
}
