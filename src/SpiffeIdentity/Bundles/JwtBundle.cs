using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Bundles;

/// <summary>One trust domain's JWT authorities: the keys that its JWT-SVIDs are verified with.</summary>
/// <remarks>Immutable; no key ID is in it twice. Each key is imported at its first use and kept. An empty one trusts no token.</remarks>
public sealed class JwtBundle : IEquatable<JwtBundle>
{
    /// <summary>Most authorities in one bundle: rotation needs two or three.</summary>
    public const int MaxAuthorities = 256;

    private readonly FrozenDictionary<string, Entry> _entries;

    private JwtBundle(TrustDomain trustDomain, IReadOnlyList<Entry> entries)
    {
        TrustDomain = trustDomain;
        Authorities = [.. entries.Select(entry => entry.Authority)];
        _entries = entries.ToFrozenDictionary(entry => entry.Authority.KeyId, StringComparer.Ordinal);
    }

    /// <summary>The trust domain these authorities, and no others, speak for.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>The keys in the order given.</summary>
    public IReadOnlyList<JwtAuthority> Authorities { get; }

    /// <summary>A bundle that trusts no token.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>The bundle.</returns>
    public static JwtBundle Empty(TrustDomain trustDomain)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        return new JwtBundle(trustDomain, []);
    }

    /// <summary>Takes keys.</summary>
    /// <param name="trustDomain">The trust domain they speak for.</param>
    /// <param name="authorities">The keys; untrusted. One that is there twice is dropped.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="JwtBundleError.None"/>.</param>
    /// <returns>Whether the keys form a bundle.</returns>
    public static bool TryCreate(
        TrustDomain trustDomain,
        IReadOnlyList<JwtAuthority> authorities,
        [NotNullWhen(true)] out JwtBundle? bundle,
        out JwtBundleError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(authorities);
        bundle = null;
        if (authorities.Count > MaxAuthorities)
        {
            error = JwtBundleError.TooMany;
            return false;
        }

        var entries = new List<Entry>(authorities.Count);
        foreach (var authority in authorities)
        {
            error = Take(authority, entries);
            if (error != JwtBundleError.None)
            {
                return false;
            }
        }

        error = JwtBundleError.None;
        bundle = new JwtBundle(trustDomain, entries);
        return true;
    }

    /// <summary>Finds a key by its name.</summary>
    /// <param name="keyId">The <c>kid</c>; untrusted.</param>
    /// <param name="authority">The key, or null.</param>
    /// <returns>Whether the bundle holds it.</returns>
    public bool TryFind(string keyId, [NotNullWhen(true)] out JwtAuthority? authority)
    {
        ArgumentNullException.ThrowIfNull(keyId);
        authority = _entries.TryGetValue(keyId, out var entry) ? entry.Authority : null;
        return authority is not null;
    }

    /// <inheritdoc />
    public bool Equals(JwtBundle? other) =>
        other is not null
        && TrustDomain.Equals(other.TrustDomain)
        && Authorities.Count == other.Authorities.Count
        && Authorities.All(authority => other.TryFind(authority.KeyId, out var same) && same.Equals(authority));

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as JwtBundle);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(TrustDomain, Authorities.Count);

    /// <summary>Finds a key, ready to verify with, by its name.</summary>
    /// <param name="keyId">The <c>kid</c>; untrusted.</param>
    /// <param name="key">The key, or null.</param>
    /// <returns>Whether the bundle holds it.</returns>
    internal bool TryFindKey(string keyId, [NotNullWhen(true)] out VerificationKey? key)
    {
        key = _entries.TryGetValue(keyId, out var entry) ? entry.Key : null;
        return key is not null;
    }

    private static JwtBundleError Take(JwtAuthority authority, List<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(authority);
        if (authority.KeyId.Length is 0 or > JwtAuthority.MaxKeyIdLength)
        {
            return JwtBundleError.BadKeyId;
        }

        if (!PublicKeyFields.TryRead(authority.SubjectPublicKeyInfo.Span, out var fields)
            || !VerificationKey.TryCreate(fields, out var key))
        {
            return JwtBundleError.UnsupportedKey;
        }

        // In one encoding, so that the same key is always the same bytes.
        var taken = new JwtAuthority(authority.KeyId, fields.Encode());
        var before = entries.Find(entry => entry.Authority.KeyId == taken.KeyId);
        if (before is null)
        {
            entries.Add(new Entry(taken, key));
            return JwtBundleError.None;
        }

        // A token could not say which of the two it means.
        return before.Authority.Equals(taken) ? JwtBundleError.None : JwtBundleError.RepeatedKeyId;
    }

    private sealed record Entry(JwtAuthority Authority, VerificationKey Key);
}

/// <summary>The rule that a set of JWT authorities breaks.</summary>
public enum JwtBundleError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>There are more than <see cref="JwtBundle.MaxAuthorities"/> keys.</summary>
    TooMany,

    /// <summary>A key ID is empty or exceeds <see cref="JwtAuthority.MaxKeyIdLength"/>.</summary>
    BadKeyId,

    /// <summary>Two keys have the same ID.</summary>
    RepeatedKeyId,

    /// <summary>A key is malformed, is neither RSA of 2,048 to 8,192 bits nor on P-256, P-384 or P-521.</summary>
    UnsupportedKey,
}
