using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>Reads JWT bundles from messages of the Workload API; untrusted.</summary>
internal static class JwtBundleMessages
{
    /// <summary>Judges a message of the bundle stream.</summary>
    public static MessageOutcome<BundleSet> Read(JWTBundlesResponse message)
    {
        var bundles = new Dictionary<TrustDomain, TrustBundle>();
        foreach (var (key, document) in message.Bundles)
        {
            if (!X509BundleMessages.TryReadTrustDomain(key, out var trustDomain))
            {
                return new MessageOutcome<BundleSet>.Refused("the key of a bundle is no trust domain");
            }

            if (!JwtBundleReader.TryRead(trustDomain, document.Memory, out var bundle, out var error))
            {
                return new MessageOutcome<BundleSet>.Refused($"the JWT bundle of {trustDomain}: {error}");
            }

            if (!bundles.TryAdd(trustDomain, TrustBundle.Empty(trustDomain) with { Jwt = bundle }))
            {
                return new MessageOutcome<BundleSet>.Refused($"two bundles of {trustDomain}");
            }
        }

        return new MessageOutcome<BundleSet>.Accepted(BundleSet.Of([.. bundles.Values]));
    }
}
