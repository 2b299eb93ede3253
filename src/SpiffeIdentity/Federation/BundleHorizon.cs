using System.Diagnostics;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Federation;

/// <summary>How long a bundle is good for if no newer one ever comes; pure.</summary>
public static class BundleHorizon
{
    /// <summary>When the last of a bundle's X.509 authorities ends.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <returns>
    /// The end of the one that ends last: from then on nothing verifies by the bundle, and under <see cref="EndpointProfile.HttpsSpiffe"/> not
    /// even the endpoint that would have a newer one. Null where the bundle is empty.
    /// </returns>
    public static DateTimeOffset? LastEnd(X509Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        DateTimeOffset? last = null;
        foreach (var authority in bundle.Authorities)
        {
            if (!CertificateFields.TryRead(authority.Span, out var fields))
            {
                throw new UnreachableException("X509Bundle holds checked certificates only");
            }

            last = last > fields.NotAfter ? last : fields.NotAfter;
        }

        return last;
    }
}
