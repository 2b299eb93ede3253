using Google.Protobuf;
using MeshCA.Agent.Views;
using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>What a view is on the wire. Each message is made once for all streams that share the view, and never changed.</summary>
internal static class WorkloadMessages
{
    // Clients take messages of 4 MiB, and do not look at lists yet: these are left out before they cost a caller its identity.
    private const long MaxLists = 1024 * 1024;

    // Tag and length.
    private const int AroundToken = 8;

    /// <summary>The caller's X509-SVIDs, with all that they are verified by.</summary>
    public static X509SVIDResponse X509Svids(WorkloadView view) => view.Once("", MakeX509Svids);

    /// <summary>The X.509 bundles.</summary>
    public static X509BundlesResponse X509Bundles(WorkloadView view) => view.Once("", MakeX509Bundles);

    /// <summary>The JWT bundles.</summary>
    public static JWTBundlesResponse JwtBundles(WorkloadView view) => view.Once("", MakeJwtBundles);

    /// <summary>Tokens in their order, as many as fit, and the first one always.</summary>
    /// <param name="tokens">The tokens, the default identity's first; at least one.</param>
    /// <param name="room">Bytes.</param>
    public static JWTSVIDResponse JwtSvids(IReadOnlyList<JWTSVID> tokens, int room)
    {
        var (response, left) = (new JWTSVIDResponse(), room);
        foreach (var token in tokens)
        {
            left -= token.CalculateSize() + AroundToken;
            if (left < 0 && response.Svids.Count > 0)
            {
                break;
            }

            response.Svids.Add(token);
        }

        return response;
    }

    private static X509SVIDResponse MakeX509Svids(WorkloadView view)
    {
        var response = new X509SVIDResponse { Crl = { Lists(view) } };
        var bundle = Concatenate(view.Bundle?.X509.Authorities ?? []);
        var own = FittingIdentities.Of(view);
        foreach (var identity in own.Taken)
        {
            response.Svids.Add(new X509SVID
            {
                SpiffeId = identity.Id.ToString(),
                X509Svid = Concatenate(identity.Held.Svid.Certificates),
                X509SvidKey = Wrap(identity.Held.PrivateKey),
                Bundle = bundle,
                Hint = identity.Entry.Hint,
            });
        }

        // Without the own domain, which each SVID has beside it.
        foreach (var federated in FittingBundles.X509(view.State).Within(own.Room).Taken)
        {
            response.FederatedBundles[federated.TrustDomain.Id.ToString()] = Wrap(federated.Document);
        }

        return response;
    }

    private static X509BundlesResponse MakeX509Bundles(WorkloadView view)
    {
        var response = new X509BundlesResponse { Crl = { Lists(view) } };
        foreach (var federated in FittingBundles.X509(view.State).Taken)
        {
            response.Bundles[federated.TrustDomain.Id.ToString()] = Wrap(federated.Document);
        }

        if (view.Bundle is { } own)
        {
            response.Bundles[own.TrustDomain.Id.ToString()] = Concatenate(own.X509.Authorities);
        }

        return response;
    }

    private static JWTBundlesResponse MakeJwtBundles(WorkloadView view)
    {
        var response = new JWTBundlesResponse();
        foreach (var federated in FittingBundles.Jwt(view.State).Taken)
        {
            response.Bundles[federated.TrustDomain.Id.ToString()] = Wrap(federated.Document);
        }

        if (view.Bundle is { } own)
        {
            response.Bundles[own.TrustDomain.Id.ToString()] = Wrap(JwtBundleWriter.Write(own.Jwt));
        }

        return response;
    }

    private static IEnumerable<ByteString> Lists(WorkloadView view) =>
        view.State.RevocationLists.Sum(list => (long)list.Length) <= MaxLists ? view.State.RevocationLists.Select(Wrap) : [];

    // The state is immutable, and so is what it holds.
    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static ByteString Concatenate(IReadOnlyList<ReadOnlyMemory<byte>> certificates) => Wrap(FittingBundles.Concatenate(certificates));
}
