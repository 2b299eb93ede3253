using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Envoy.Tls.V3;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>A secret in its wire form, made once for all streams. Holds a private key.</summary>
internal sealed class SecretResource
{
    /// <summary>The only type of resources.</summary>
    public const string TypeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    private const int VersionDigits = 16;

    /// <summary>Takes a secret.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="roots">The own trust domain's roots, where it holds them; null: it does not.</param>
    public SecretResource(Secret secret, X509BundleDigest? roots = null)
    {
        Roots = roots;
        var bytes = secret.ToByteArray();
        Packed = new Any { TypeUrl = TypeUrl, Value = UnsafeByteOperations.UnsafeWrap(bytes) };
        Version = Convert.ToHexStringLower(SHA256.HashData(bytes))[..VersionDigits];
    }

    /// <summary>What is sent.</summary>
    public Any Packed { get; }

    /// <summary>The own trust domain's roots, where it holds them; null: it does not.</summary>
    public X509BundleDigest? Roots { get; }

    /// <summary>Says which content it is: the same on every stream, after a restart too. A hash, from which no key can be found.</summary>
    public string Version { get; }
}

/// <summary>What becomes of a name.</summary>
internal abstract record SecretLookup
{
    private SecretLookup()
    {
    }

    /// <summary>It is there.</summary>
    internal sealed record Found(SecretResource Resource) : SecretLookup;

    /// <summary>It may come.</summary>
    internal sealed record NotYet : SecretLookup
    {
        /// <summary>The one.</summary>
        public static readonly NotYet Value = new();
    }

    /// <summary>The caller does not get it, as things stand.</summary>
    internal sealed record Never : SecretLookup
    {
        /// <summary>The one.</summary>
        public static readonly Never Value = new();
    }
}

/// <summary>Finds secrets by name.</summary>
internal interface ISecretCatalog
{
    /// <summary>Finds one.</summary>
    /// <param name="name">As the proxy asked for it; untrusted.</param>
    SecretLookup Find(string name);
}
