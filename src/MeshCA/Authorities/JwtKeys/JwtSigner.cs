using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Cryptography;
using SpiffeIdentity.Svids;

namespace MeshCA.Authorities.JwtKeys;

/// <summary>The key that signs JWT-SVIDs. Safe for concurrent use; a class and not a record, whose printed form would show its members.</summary>
/// <param name="id">Its id.</param>
/// <param name="key">The key; belongs to the signer from now on.</param>
/// <param name="longestToken">The longest lifetime of a token.</param>
internal sealed class JwtSigner(string id, SigningKey key, TimeSpan longestToken) : IDisposable
{
    private readonly JwtSvidMinter _minter = new(id, AlgorithmOf(key.PublicKey.Algorithm), content => key.SignJose(content));

    /// <summary>The <c>kid</c> of its tokens.</summary>
    public string Id { get; } = id;

    /// <summary>The longest lifetime of a token: by then the key may be out of the bundle.</summary>
    public TimeSpan LongestToken { get; } = longestToken;

    /// <summary>The public key.</summary>
    public SubjectPublicKey PublicKey => key.PublicKey;

    /// <summary>Mints a token.</summary>
    /// <param name="plan">What it says.</param>
    /// <returns>The token in compact form. Secret.</returns>
    /// <exception cref="CryptographicException">The platform cannot sign.</exception>
    public string Mint(JwtSvidPlan plan) => _minter.Mint(plan);

    /// <summary>Checks the signature of a token that it minted, with the public half.</summary>
    public bool Verifies(string token)
    {
        var end = token.LastIndexOf('.');
        return key.VerifyJose(Encoding.ASCII.GetBytes(token, 0, end), Base64Url.DecodeFromChars(token.AsSpan(end + 1)));
    }

    /// <inheritdoc />
    public void Dispose() => key.Dispose();

    /// <summary>How keys of an algorithm sign tokens (RFC 7518 §3.1).</summary>
    public static JwtAlgorithm AlgorithmOf(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => JwtAlgorithm.ES256,
        KeyAlgorithm.EcdsaP384 => JwtAlgorithm.ES384,
        _ => JwtAlgorithm.RS256,
    };
}
