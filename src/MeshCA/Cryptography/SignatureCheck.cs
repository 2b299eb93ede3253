namespace MeshCA.Cryptography;

/// <summary>What checking a signature under an untrusted public key shows.</summary>
internal enum SignatureCheck
{
    /// <summary>The signature is not the key's; the value of <c>default</c>.</summary>
    Invalid,

    /// <summary>The key is no key at all: its point is not on the curve, or its numbers are none the platform takes.</summary>
    InvalidKey,

    /// <summary>The holder of the private key signed these bytes.</summary>
    Valid,
}
