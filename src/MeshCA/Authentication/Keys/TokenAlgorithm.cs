using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Authentication.Keys;

/// <summary>The kinds of key that tokens are signed with.</summary>
internal enum KeyFamily
{
    Rsa,
    P256,
    P384,
    P521,
}

/// <summary>A signature algorithm of RFC 7518 §3.1 and the one kind of key it goes with.</summary>
/// <remarks>No <c>none</c>, no HMAC: a public key must never be usable as a shared secret, RFC 8725 §3.1.</remarks>
internal sealed class TokenAlgorithm
{
    private static readonly FrozenDictionary<string, TokenAlgorithm> ByName = new TokenAlgorithm[]
    {
        new("RS256", KeyFamily.Rsa), new("RS384", KeyFamily.Rsa), new("RS512", KeyFamily.Rsa),
        new("PS256", KeyFamily.Rsa), new("PS384", KeyFamily.Rsa), new("PS512", KeyFamily.Rsa),
        new("ES256", KeyFamily.P256), new("ES384", KeyFamily.P384), new("ES512", KeyFamily.P521),
    }.ToFrozenDictionary(algorithm => algorithm.Name, StringComparer.Ordinal);

    private TokenAlgorithm(string name, KeyFamily family)
    {
        Name = name;
        Family = family;
    }

    /// <summary>Every algorithm there is.</summary>
    public static IReadOnlyCollection<TokenAlgorithm> All => ByName.Values;

    /// <summary>The <c>alg</c> value.</summary>
    public string Name { get; }

    /// <summary>The kind of key.</summary>
    public KeyFamily Family { get; }

    /// <summary>Looks up an <c>alg</c> value; case counts.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out TokenAlgorithm? algorithm) =>
        ByName.TryGetValue(name, out algorithm);

    /// <inheritdoc />
    public override string ToString() => Name;
}
