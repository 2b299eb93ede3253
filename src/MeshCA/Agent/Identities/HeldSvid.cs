using MeshCA.Agent.Registration;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.Identities;

/// <summary>An X509-SVID that was checked against its key and its bundle, with that key. Immutable.</summary>
internal sealed record HeldSvid
{
    /// <summary>The entry it was got for.</summary>
    public required RegistrationEntry Entry { get; init; }

    /// <summary>Leaf and intermediates.</summary>
    public required X509Svid Svid { get; init; }

    /// <summary>The leaf's private key, PKCS#8 in DER. Secret.</summary>
    public required ReadOnlyMemory<byte> PrivateKey { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset ObtainedAt { get; init; }

    // Not what a record would print of itself: that has the key.
    /// <inheritdoc />
    public override string ToString() => $"{Svid.Id} until {Svid.NotAfter:O}";
}
