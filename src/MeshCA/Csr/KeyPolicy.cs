using System.Collections.Frozen;
using MeshCA.Cryptography;

namespace MeshCA.Csr;

/// <summary>Which public keys this CA certifies.</summary>
internal sealed class KeyPolicy
{
    /// <summary>Shortest RSA modulus any policy may allow, in bits.</summary>
    public const int RsaFloor = 2048;

    /// <summary>Longest RSA modulus any policy may allow, in bits: the time of a verification grows with its square.</summary>
    public const int RsaCeiling = 8192;

    private readonly FrozenSet<KeyAlgorithm> _algorithms;

    /// <param name="algorithms">The algorithms allowed.</param>
    /// <param name="minRsaBits">Shortest RSA modulus.</param>
    /// <param name="maxRsaBits">Longest RSA modulus.</param>
    public KeyPolicy(IEnumerable<KeyAlgorithm> algorithms, int minRsaBits = 2048, int maxRsaBits = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minRsaBits, RsaFloor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxRsaBits, RsaCeiling);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRsaBits, minRsaBits);
        _algorithms = algorithms.ToFrozenSet();
        MinRsaBits = minRsaBits;
        MaxRsaBits = maxRsaBits;
    }

    /// <summary>P-256, P-384 and RSA from 2,048 to 4,096 bits.</summary>
    public static KeyPolicy Default { get; } =
        new([KeyAlgorithm.EcdsaP256, KeyAlgorithm.EcdsaP384, KeyAlgorithm.Rsa]);

    /// <summary>Shortest RSA modulus, in bits.</summary>
    public int MinRsaBits { get; }

    /// <summary>Longest RSA modulus, in bits.</summary>
    public int MaxRsaBits { get; }

    /// <summary>Whether an algorithm is allowed.</summary>
    public bool Allows(KeyAlgorithm algorithm) => _algorithms.Contains(algorithm);
}

/// <summary>Which CSRs this CA reads.</summary>
/// <param name="Keys">The keys it certifies.</param>
/// <param name="MaxLength">Longest PEM text, in characters.</param>
internal sealed record CsrPolicy(KeyPolicy Keys, int MaxLength = CsrPolicy.DefaultMaxLength)
{
    /// <summary>64 KiB: an RSA-4096 request with generous attributes has 3.</summary>
    public const int DefaultMaxLength = 64 * 1024;

    /// <summary>The policy that holds where none is configured.</summary>
    public static CsrPolicy Default { get; } = new(KeyPolicy.Default);
}
