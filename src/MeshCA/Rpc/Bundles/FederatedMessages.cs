using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Identity;
using TrustBundle = SpiffeIdentity.Bundles.TrustBundle;

namespace MeshCA.Rpc.Bundles;

/// <summary>The bundles of federated trust domains as a stream has them, divided into messages; pure.</summary>
internal static class FederatedMessages
{
    /// <summary>Most bytes of bundles in one message: far below the 4 MiB that gRPC clients take by default.</summary>
    public const int MaxPart = 512 * 1024;

    // The tag and length around a bundle, as an upper bound.
    private const int Frame = 16;

    // A bundle is the same for every stream; its message is made once, and goes with it.
    private static readonly ConditionalWeakTable<TrustBundle, Wire.Identity.TrustBundle> Made = [];

    /// <summary>Makes the messages.</summary>
    /// <param name="bundles">The bundles, each of another trust domain.</param>
    /// <returns>At least one: that there is none is a state too.</returns>
    public static IReadOnlyList<WatchResponse> Of(IReadOnlyList<TrustBundle> bundles)
    {
        var (parts, used) = (new List<FederatedBundles> { new() }, 0);
        foreach (var bundle in bundles.Select(bundle => Made.GetValue(bundle, Of)))
        {
            var size = bundle.CalculateSize() + Frame;
            if (used > 0 && used + size > MaxPart)
            {
                parts[^1].More = true;
                parts.Add(new());
                used = 0;
            }

            parts[^1].Bundles.Add(bundle);
            used += size;
        }

        return [.. parts.Select(part => new WatchResponse { Federated = part })];
    }

    private static Wire.Identity.TrustBundle Of(TrustBundle bundle) => new()
    {
        TrustDomain = bundle.TrustDomain.Name,
        Sequence = bundle.Sequence ?? 0,
        RefreshHint = bundle.RefreshHint is { } hint ? Duration.FromTimeSpan(hint) : null,
        X509Authorities = { bundle.X509.Authorities.Select(authority => UnsafeByteOperations.UnsafeWrap(authority)) },
        JwtAuthorities =
        {
            bundle.Jwt.Authorities.Select(authority => new JwtAuthority
            {
                KeyId = authority.KeyId,
                PublicKey = UnsafeByteOperations.UnsafeWrap(authority.SubjectPublicKeyInfo),
            }),
        },
    };
}
