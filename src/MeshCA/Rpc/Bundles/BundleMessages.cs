using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Identity;

namespace MeshCA.Rpc.Bundles;

/// <summary>The trust bundle as its stream has it.</summary>
internal static class BundleMessages
{
    /// <summary>Shows that a stream is alive.</summary>
    public static readonly WatchResponse Heartbeat = new() { Heartbeat = new() };

    /// <summary>A bundle.</summary>
    public static WatchResponse Of(PublishedBundle bundle) => new()
    {
        Bundle = new()
        {
            TrustDomain = bundle.Snapshot.TrustDomain.ToString(),
            Sequence = bundle.Snapshot.BundleSequence,
            RefreshHint = PublishedBundle.RefreshHint.ToDuration(),
            X509Authorities = { bundle.Snapshot.Roots.Select(root => ByteString.CopyFrom(root.Span)) },
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
