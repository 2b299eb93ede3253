using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Authentication.Keys;

/// <summary>An issuer's public keys at one moment.</summary>
internal sealed class VerificationKeySet
{
    private readonly FrozenSet<VerificationKey> _keys;
    private readonly ILookup<string, VerificationKey> _byId;

    /// <param name="keys">The keys; no two of one kind with the same id.</param>
    /// <param name="ignored">How many published keys were left out: of other kinds, for other uses, too weak.</param>
    public VerificationKeySet(IReadOnlyCollection<VerificationKey> keys, int ignored)
    {
        _keys = keys.ToFrozenSet();
        _byId = keys.Where(key => key.Id is not null).ToLookup(key => key.Id!, StringComparer.Ordinal);
        Ignored = ignored;
    }

    /// <summary>How many usable keys there are.</summary>
    public int Count => _keys.Count;

    /// <summary>How many published keys were left out.</summary>
    public int Ignored { get; }

    /// <summary>Whether a key is still published.</summary>
    public bool Contains(VerificationKey key) => _keys.Contains(key);

    /// <summary>Whether the same keys are published.</summary>
    public bool SameAs(VerificationKeySet? other) => other is not null && _keys.SetEquals(other._keys);

    /// <summary>Lists the keys that may have signed a token, as Envoy does: where either names no id, it is no other's.</summary>
    /// <param name="id">The token's <c>kid</c>; null if it has none.</param>
    /// <param name="algorithm">The token's algorithm.</param>
    public IEnumerable<VerificationKey> Candidates(string? id, TokenAlgorithm algorithm) =>
        _keys.Where(key => (id is null || key.Id is null || key.Id == id) && key.Serves(algorithm));

    /// <summary>Finds the key for a token.</summary>
    /// <param name="id">The token's <c>kid</c>; null if it has none: then exactly one key must fit.</param>
    /// <param name="algorithm">The token's algorithm.</param>
    /// <param name="key">The key, or null.</param>
    /// <param name="error">Unknown key or a key for something else.</param>
    public bool TryFind(
        string? id, TokenAlgorithm algorithm, [NotNullWhen(true)] out VerificationKey? key, out AuthenticationError error)
    {
        var named = id is null ? _keys : _byId[id];
        var fitting = named.Where(candidate => candidate.Serves(algorithm)).Take(2).ToArray();
        key = fitting is [var only] ? only : null;
        error = (key, id) switch
        {
            (not null, _) => AuthenticationError.None,
            (null, not null) when named.Any() => AuthenticationError.KeyNotForAlgorithm,
            _ => AuthenticationError.UnknownKey,
        };
        return key is not null;
    }
}
