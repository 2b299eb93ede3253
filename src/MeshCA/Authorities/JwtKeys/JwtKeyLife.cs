using MeshCA.Cryptography;

namespace MeshCA.Authorities.JwtKeys;

/// <summary>What is to be known of a JWT key to decide what comes next.</summary>
/// <param name="Id">Its id, the <c>kid</c> of its tokens.</param>
/// <param name="State">Where it stands in its life.</param>
/// <param name="Since">Since when.</param>
/// <param name="Algorithm">Its algorithm.</param>
/// <param name="LongestToken">The longest lifetime of a token that it signs.</param>
internal sealed record JwtKeyLife(string Id, AuthorityState State, DateTimeOffset Since, KeyAlgorithm Algorithm, TimeSpan LongestToken)
{
    /// <summary>Whether it was declared compromised.</summary>
    public bool IsTainted { get; init; }

    /// <summary>Whether verifiers are told of it.</summary>
    public bool IsPublished => State is AuthorityState.Prepared or AuthorityState.Active or AuthorityState.Old;

    /// <summary>The JWT keys of a set, oldest first.</summary>
    /// <param name="set">The authorities.</param>
    /// <exception cref="KeySealException">A key is not in a form that this version knows.</exception>
    public static IReadOnlyList<JwtKeyLife> AllOf(AuthoritySet set) => [.. set.Authorities.Where(a => a.Kind == AuthorityKind.JwtKey).Select(Of)];

    /// <summary>A key that was stored.</summary>
    /// <exception cref="KeySealException">As for <see cref="AllOf"/>.</exception>
    public static JwtKeyLife Of(AuthorityRecord record)
    {
        var stored = StoredJwtKey.Read(record.Certificate);
        return new(record.Id, record.State, record.StateSince ?? record.CreatedAt, stored.PublicKey.Algorithm, stored.LongestToken)
        {
            IsTainted = record.TaintedAt is not null,
        };
    }

    /// <summary>When the last token that it signed has ended for every verifier; null while it may still sign.</summary>
    public DateTimeOffset? LastTokenEnds => State == AuthorityState.Old ? Since + LongestToken + JwtKeySettings.Leeway : null;
}
