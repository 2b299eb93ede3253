using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Identity;
using SpiffeIdentity;

namespace MeshCA.Rpc.Bundles;

/// <summary>The trust bundle as its stream has it.</summary>
internal static class BundleMessages
{
    /// <summary>Shows that a stream is alive.</summary>
    public static readonly WatchResponse Heartbeat = new() { Heartbeat = new() };

    /// <summary>A bundle.</summary>
    /// <param name="bundle">The roots.</param>
    /// <param name="trustDomain">Under whose name: all that this service vouches for have the same.</param>
    /// <param name="shared">The other trust domains that the client is told to use it for.</param>
    public static WatchResponse Of(PublishedBundle bundle, TrustDomain trustDomain, IReadOnlyList<TrustDomain> shared) => new()
    {
        TakesBehind = true,
        TakesRevocationAcknowledgements = true,
        Bundle = new()
        {
            TrustDomain = trustDomain.Name,
            Sequence = bundle.Snapshot.BundleSequence,
            RefreshHint = bundle.RefreshHint.ToDuration(),
            X509Authorities = { bundle.Snapshot.Roots.Select(root => ByteString.CopyFrom(root.Span)) },
            SharedTrustDomains = { shared.Select(domain => domain.Name) },
            TaintedKeyIds = { bundle.Snapshot.TaintedKeys },
            JwtAuthorities =
            {
                bundle.Snapshot.Jwt.Published.Select(key => new JwtAuthority
                {
                    KeyId = key.Id,
                    PublicKey = ByteString.CopyFrom(key.Key.SubjectPublicKeyInfo.Span),
                }),
            },
        },
    };
}
