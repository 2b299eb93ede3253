using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>Reads and verifies X509-SVIDs from messages of the Workload API; untrusted.</summary>
internal static class X509SvidMessages
{
    /// <summary>Most identities of one workload: as many as a message of 4 MiB has room for, with the roots that each has beside it.</summary>
    public const int MaxSvids = 1_024;

    /// <summary>Judges a message: every SVID has its form, belongs to its key and verifies by the bundle beside it. Bundles of other trust domains that
    /// cannot be read are left out.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The time. An SVID outside its validity is taken: whether it may be used is judged when it is asked for.</param>
    public static MessageOutcome<X509Context> Read(X509SVIDResponse message, DateTimeOffset now)
    {
        if (message.Svids.Count is 0 or > MaxSvids)
        {
            return Refuse(message.Svids.Count == 0 ? "there is no SVID" : $"there are more than {MaxSvids} SVIDs");
        }

        var partial = new HashSet<TrustDomain>();
        if (!RevocationLists.TryRead(message.Crl.Select(list => list.Memory), out var revocations))
        {
            return Refuse("a revocation list is malformed");
        }

        var own = new Dictionary<TrustDomain, X509Bundle>();
        var credentials = new List<X509Credential>(message.Svids.Count);
        foreach (var svid in Distinct(message.Svids))
        {
            if (ReadOne(svid, own, partial, now, out var credential) is { } rule)
            {
                return Refuse(rule);
            }

            if (credential is not null)
            {
                credentials.Add(credential);
            }
        }

        var federated = X509BundleMessages.ReadFederated(message.FederatedBundles, own, partial, out var leftOut);
        return credentials.Count == 0
            ? Refuse("no SVID has a key of a supported algorithm")
            : new MessageOutcome<X509Context>.Accepted(
                new X509Context(credentials, X509BundleMessages.Set(own.Values.Concat(federated)), revocations, partial, leftOut));
    }

    private static MessageOutcome<X509Context> Refuse(string rule) => new MessageOutcome<X509Context>.Refused(rule);

    /// <summary>Workload API §4.4: a hint names one SVID; of several with the same the first counts.</summary>
    private static IEnumerable<X509SVID> Distinct(IEnumerable<X509SVID> svids)
    {
        var hints = new HashSet<string>(StringComparer.Ordinal);
        return svids.Where(svid => svid.Hint.Length == 0 || hints.Add(svid.Hint));
    }

    /// <summary>Reads one SVID; a credential of null without a broken rule is one whose key .NET does not know.</summary>
    private static string? ReadOne(
        X509SVID message, Dictionary<TrustDomain, X509Bundle> own, ISet<TrustDomain> partial, DateTimeOffset now, out X509Credential? credential)
    {
        credential = null;
        if (!SpiffeId.TryParse(message.SpiffeId, out var id, out var idError))
        {
            return $"the ID of an SVID: {idError}";
        }

        if (!DerSequence.TrySplit(message.X509Svid.Memory, X509Svid.MaxCertificates, out var certificates))
        {
            return $"the chain of {id} is not a row of at most {X509Svid.MaxCertificates} certificates";
        }

        if (!X509Svid.TryParse(certificates, out var svid, out var svidError))
        {
            return $"the chain of {id}: {svidError}";
        }

        if (!svid.Id.Equals(id))
        {
            return $"the certificate of {id} is of {svid.Id}";
        }

        if (!X509BundleMessages.TryRead(id.TrustDomain, message.Bundle.Memory, partial, out var bundle, out var rule))
        {
            return rule;
        }

        if (!own.TryAdd(id.TrustDomain, bundle) && !own[id.TrustDomain].Equals(bundle))
        {
            return $"two different bundles of {id.TrustDomain}"; // never a union, never a guess
        }

        svidError = svid.Verify(bundle, Within(svid, now));
        return svidError == X509SvidError.None
            ? Join(svid, message, out credential)
            : $"the chain of {id} does not verify: {svidError}";
    }

    // Clocks differ, and whether an SVID may be used now is another question.
    private static DateTimeOffset Within(X509Svid svid, DateTimeOffset now) =>
        now < svid.NotBefore ? svid.NotBefore : now > svid.NotAfter ? svid.NotAfter : now;

    private static string? Join(X509Svid svid, X509SVID message, out X509Credential? credential)
    {
        credential = null;
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(svid.Certificates[0].Span);
            if (!PrivateKeys.TryJoin(leaf, message.X509SvidKey.Span, out var certificate, out var error))
            {
                return error == PrivateKeyError.UnsupportedAlgorithm ? null : $"the key of {svid.Id}: {error}";
            }

            var intermediates = new X509Certificate2Collection();
            foreach (var intermediate in svid.Certificates.Skip(1))
            {
                intermediates.Add(X509CertificateLoader.LoadCertificate(intermediate.Span));
            }

            credential = new X509Credential(svid, certificate, intermediates, message.Hint.Length == 0 ? null : message.Hint);
            return null;
        }
        catch (CryptographicException)
        {
            return $"the chain of {svid.Id}: {X509SvidError.MalformedCertificate}"; // OpenSSL refuses what our reader let pass
        }
    }
}
