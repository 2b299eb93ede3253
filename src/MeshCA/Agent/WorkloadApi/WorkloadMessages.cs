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

    /// <summary>The caller's X509-SVIDs, with all that they are verified by.</summary>
    public static X509SVIDResponse X509Svids(WorkloadView view) => view.Once("", MakeX509Svids);

    /// <summary>The X.509 bundles.</summary>
    public static X509BundlesResponse X509Bundles(WorkloadView view) => view.Once("", MakeX509Bundles);

    /// <summary>The JWT bundles.</summary>
    public static JWTBundlesResponse JwtBundles(WorkloadView view) => view.Once("", MakeJwtBundles);

    private static X509SVIDResponse MakeX509Svids(WorkloadView view)
    {
        var response = new X509SVIDResponse { Crl = { Lists(view) } };
        var bundle = Concatenate(view.Bundle?.X509.Authorities ?? []);
        foreach (var identity in view.Identities)
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
        foreach (var (domain, federated) in view.State.Federated)
        {
            response.FederatedBundles[domain.Id.ToString()] = Concatenate(federated.X509.Authorities);
        }

        return response;
    }

    private static X509BundlesResponse MakeX509Bundles(WorkloadView view)
    {
        var response = new X509BundlesResponse { Crl = { Lists(view) } };
        foreach (var bundle in All(view))
        {
            response.Bundles[bundle.TrustDomain.Id.ToString()] = Concatenate(bundle.X509.Authorities);
        }

        return response;
    }

    private static JWTBundlesResponse MakeJwtBundles(WorkloadView view)
    {
        var response = new JWTBundlesResponse();
        foreach (var bundle in All(view))
        {
            response.Bundles[bundle.TrustDomain.Id.ToString()] = ByteString.CopyFrom(JwtBundleWriter.Write(bundle.Jwt));
        }

        return response;
    }

    private static IEnumerable<TrustBundle> All(WorkloadView view) =>
        view.State.Federated.Values.OrderBy(bundle => bundle.TrustDomain.Name, StringComparer.Ordinal)
            .Prepend(view.Bundle).OfType<TrustBundle>();

    private static IEnumerable<ByteString> Lists(WorkloadView view) =>
        view.State.RevocationLists.Sum(list => (long)list.Length) <= MaxLists ? view.State.RevocationLists.Select(Wrap) : [];

    // The state is immutable, and so is what it holds.
    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static ByteString Concatenate(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        var joined = new byte[certificates.Sum(certificate => certificate.Length)];
        var rest = joined.AsSpan();
        foreach (var certificate in certificates)
        {
            certificate.Span.CopyTo(rest);
            rest = rest[certificate.Length..];
        }

        return UnsafeByteOperations.UnsafeWrap(joined);
    }
}
