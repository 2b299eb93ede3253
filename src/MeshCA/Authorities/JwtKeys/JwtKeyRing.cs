using MeshCA.Cryptography;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Authorities.JwtKeys;

/// <summary>The JWT keys at one moment: the one that signs, and those that verifiers are told of.</summary>
/// <param name="signer">Signs; null where no JWT-SVIDs are issued.</param>
/// <param name="published">Oldest first, the prepared one among them.</param>
internal sealed class JwtKeyRing(JwtSigner? signer, IReadOnlyList<JwtPublicKey> published)
{
    /// <summary>Without keys.</summary>
    public static JwtKeyRing None { get; } = new(null, []);

    /// <summary>Signs; null where no JWT-SVIDs are issued.</summary>
    public JwtSigner? Signer { get; } = signer;

    /// <summary>What verifiers are told, oldest first.</summary>
    public IReadOnlyList<JwtPublicKey> Published { get; } = published;

    /// <summary>The bundle that verifiers get.</summary>
    /// <param name="trustDomain">Whose keys they are.</param>
    public JwtBundle BundleOf(TrustDomain trustDomain) =>
        JwtBundle.TryCreate(trustDomain, [.. Published.Select(key => new JwtAuthority(key.Id, key.Key.SubjectPublicKeyInfo))], out var bundle, out var error)
            ? bundle
            : throw new InvalidOperationException($"the stored JWT keys form no bundle: {error}");
}

/// <summary>A JWT key as verifiers see it.</summary>
/// <param name="Id">The <c>kid</c>.</param>
/// <param name="Key">The key.</param>
internal sealed record JwtPublicKey(string Id, SubjectPublicKey Key);
