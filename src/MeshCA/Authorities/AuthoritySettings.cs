using MeshCA.Cryptography;
using SpiffeIdentity;

namespace MeshCA.Authorities;

/// <summary>How authorities are made and renewed; made from validated options only.</summary>
internal sealed record AuthoritySettings
{
    /// <summary>The trust domain they sign for.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>Key of a new root.</summary>
    public required KeyChoice RootKey { get; init; }

    /// <summary>Lifetime of a new root.</summary>
    public required TimeSpan RootLifetime { get; init; }

    /// <summary>Key of a new intermediate.</summary>
    public required KeyChoice IntermediateKey { get; init; }

    /// <summary>Lifetime of a new intermediate.</summary>
    public required TimeSpan IntermediateLifetime { get; init; }

    /// <summary>How far NotBefore lies before now, for peers whose clocks run behind.</summary>
    public required TimeSpan Backdate { get; init; }
}

/// <summary>A key to be made.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="RsaKeySize">Bits of the modulus, for RSA.</param>
internal sealed record KeyChoice(KeyAlgorithm Algorithm, int RsaKeySize = 0)
{
    /// <summary>Makes the key.</summary>
    public SigningKey Generate() => SigningKey.Generate(Algorithm, RsaKeySize);
}
