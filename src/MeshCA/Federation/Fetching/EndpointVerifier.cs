using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Federation.Fetching;

/// <summary>Whether an endpoint is the one of a relationship under <c>https_spiffe</c> (Federation §5.2.2): by its SPIFFE ID, never by its host's name.</summary>
internal static class EndpointVerifier
{
    /// <summary>Verifies what an endpoint presents.</summary>
    /// <param name="certificate">The leaf; untrusted.</param>
    /// <param name="chain">Holds what else was presented; untrusted.</param>
    /// <param name="expected">Whom it has to prove.</param>
    /// <param name="bundle">The bundle of that identity's trust domain.</param>
    /// <param name="now">The present.</param>
    /// <returns>Why it is refused, or null.</returns>
    public static string? Verify(X509Certificate2? certificate, X509Chain? chain, SpiffeId expected, X509Bundle bundle, DateTimeOffset now)
    {
        if (certificate is null)
        {
            return "the endpoint presents no certificate";
        }

        ReadOnlyMemory<byte>[] presented =
            [certificate.RawDataMemory, .. (chain?.ChainPolicy.ExtraStore ?? []).Select(other => (ReadOnlyMemory<byte>)other.RawData)];
        if (!X509Svid.TryParse(presented, out var svid, out var error))
        {
            return $"the endpoint presents no X509-SVID: {error}";
        }

        // The chain first: whom an unverified certificate names is the word of whoever made it.
        error = svid.Id.MemberOf(bundle.TrustDomain) ? svid.Verify(bundle, now) : X509SvidError.OtherTrustDomain;
        return error != X509SvidError.None ? $"the endpoint's X509-SVID does not verify by the bundle of `{bundle.TrustDomain}`: {error}"
            : !svid.Id.Equals(expected) ? $"the endpoint is `{svid.Id}`, not `{expected}`"
            : !svid.ServesServers ? "the endpoint's X509-SVID is not for servers"
            : null;
    }
}
