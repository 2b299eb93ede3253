using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using MeshCA.Revocations;
using MeshCA.Wire.Envoy.Core.V3;
using MeshCA.Wire.Envoy.Tls.V3;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Pem;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>The secrets of one view, by the names that proxies ask for. Each is made once, for all streams that share the view.</summary>
/// <param name="view">The view.</param>
/// <param name="options">Names, and what goes into a validation context.</param>
/// <param name="now">Judges revocation lists.</param>
internal sealed class SecretCatalog(WorkloadView view, WorkloadOptions options, DateTimeOffset now) : ISecretCatalog
{
    private const string KeyLabel = "PRIVATE KEY";
    private const string Validator = "envoy.tls.cert_validator.spiffe";
    private const string ValidatorType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";

    /// <summary>The names of all secrets that are there now.</summary>
    public IReadOnlyList<string> Names =>
    [
        .. new[] { options.DefaultSecret, options.DefaultBundle, options.AllBundles },
        .. view.Identities.Select(identity => identity.Id.ToString()).Distinct(StringComparer.Ordinal),
        .. view.State.Federated.Keys.Prepend(view.Bundle?.TrustDomain).OfType<TrustDomain>()
            .Select(domain => domain.Id.ToString()).Order(StringComparer.Ordinal),
    ];

    /// <inheritdoc />
    public SecretLookup Find(string name)
    {
        if (name == options.DefaultSecret)
        {
            return view.Standing switch
            {
                // The first entry's and no other's: a proxy must not change its identity while that one is not there, or banned. What is banned
                // may come again, and the stream that waits for it gets it then.
                WorkloadStanding.Ready when DefaultOf(view) is { } held => Certificate(name, held),
                WorkloadStanding.Never => SecretLookup.Never.Value,
                _ => SecretLookup.NotYet.Value,
            };
        }

        if (name == options.DefaultBundle)
        {
            return ForBundle() ?? FoundOwn(name, _ => OwnContext(view.Bundle!)); // not null: ForBundle says that it is there
        }

        if (name == options.AllBundles)
        {
            return ForBundle() ?? FoundOwn(name, _ => new() { CustomValidatorConfig = ValidatorOf(view.State.Federated.Values.Prepend(view.Bundle!)) });
        }

        // What no agent of ours ever has: a file, a Kubernetes secret, anything.
        return !SpiffeId.TryParse(name, out var id, out _) ? SecretLookup.Never.Value
            : id.IsTrustDomainId ? ForDomain(name, id.TrustDomain)
            : ForId(name, id);
    }

    /// <summary>What bans the identity that a name stands for, where that is one of the caller's; null: nothing.</summary>
    /// <param name="name">As the proxy asked for it; untrusted.</param>
    public Revocation? BanOf(string name) =>
        name == options.DefaultSecret && !view.Selection.Entries.IsEmpty ? view.State.BanOf(view.Selection.Entries[0])
        : SpiffeId.TryParse(name, out var id, out _) ? view.BanOf(id)
        : null;

    /// <summary>The identity of the first entry that admits the caller; null while it is not there.</summary>
    public static ViewedIdentity? DefaultOf(WorkloadView view) =>
        view.Identities.FirstOrDefault(identity => ReferenceEquals(identity.Entry, view.Selection.Entries[0]));

    // Null: it is there.
    private SecretLookup? ForBundle() => view.StandingForBundles(options.BundlesForEverybody) switch
    {
        WorkloadStanding.Ready => null,
        WorkloadStanding.NotYet => SecretLookup.NotYet.Value,
        _ => SecretLookup.Never.Value,
    };

    private SecretLookup ForDomain(string name, TrustDomain domain)
    {
        if (ForBundle() is { } missing)
        {
            return missing;
        }

        if (view.Bundle is { } own && own.TrustDomain.Equals(domain))
        {
            return FoundOwn(name, _ => OwnContext(own));
        }

        // A foreign authority must speak for its own domain only: roots alone would let it name anybody. A domain that is not
        // federated may become so.
        return view.State.Federated.TryGetValue(domain, out var federated) ? ForFederated(name, federated) : SecretLookup.NotYet.Value;
    }

    // Where our own roots speak for the domain too, a rotation of them is one of its roots.
    private SecretLookup.Found ForFederated(string name, TrustBundle federated)
    {
        CertificateValidationContext Make(string _) => new() { TrustedCa = Inline(federated.X509.ToPem()), CustomValidatorConfig = ValidatorOf([federated]) };
        return federated.X509.Digest.Equals(view.Bundle?.X509.Digest) ? FoundOwn(name, Make) : Found(name, Make);
    }

    private SecretLookup ForId(string name, SpiffeId id)
    {
        if (view.Identities.FirstOrDefault(identity => identity.Id.Equals(id)) is { } held && view.Bundle is not null)
        {
            return Certificate(name, held);
        }

        // An entry without an ID gets whichever the CA gives; until it has one, it may be this.
        return view.Selection.Entries.Any(entry =>
            entry.Id is { } wanted ? wanted.Equals(id) : view.Identities.All(identity => identity.Entry.Name != entry.Name))
            ? SecretLookup.NotYet.Value
            : SecretLookup.Never.Value;
    }

    private SecretLookup.Found Certificate(string name, ViewedIdentity identity) => Once(name, () => new Secret
    {
        Name = name,
        TlsCertificate = new()
        {
            CertificateChain = Inline(PemWriter.WriteCertificates(identity.Held.Svid.Certificates)),
            PrivateKey = Inline(PemEncoding.WriteString(KeyLabel, identity.Held.PrivateKey.Span) + "\n"),
        },
    });

    private SecretLookup.Found Found(string name, Func<string, CertificateValidationContext> make) =>
        Once(name, () => new Secret { Name = name, ValidationContext = make(name) });

    private SecretLookup.Found FoundOwn(string name, Func<string, CertificateValidationContext> make) =>
        Once(name, () => new Secret { Name = name, ValidationContext = make(name) }, view.Bundle?.X509.Digest);

    private SecretLookup.Found Once(string name, Func<Secret> make, X509BundleDigest? roots = null) =>
        view.Once(name, _ => new SecretLookup.Found(new SecretResource(make(), roots)));

    private CertificateValidationContext OwnContext(TrustBundle bundle)
    {
        var context = new CertificateValidationContext { TrustedCa = Inline(bundle.X509.ToPem()) };
        if (options.SecretRevocationLists && CoveringLists.Find(view, bundle, now) is { } lists)
        {
            context.Crl = Inline(lists);
        }

        return context;
    }

    // Ordered: the same bundles are the same bytes, and so the same version.
    private static TypedExtensionConfig ValidatorOf(IEnumerable<TrustBundle> bundles) => new()
    {
        Name = Validator,
        TypedConfig = new Any
        {
            TypeUrl = ValidatorType,
            Value = new SPIFFECertValidatorConfig
            {
                TrustDomains =
                {
                    // A domain without a root is left out: Envoy would refuse the whole context, and verifies nothing of it either way.
                    bundles.Where(bundle => bundle.X509.Authorities.Count > 0)
                        .OrderBy(bundle => bundle.TrustDomain.Name, StringComparer.Ordinal)
                        .Select(bundle => new SPIFFECertValidatorConfig.Types.TrustDomain
                        {
                            Name = bundle.TrustDomain.Name,
                            TrustBundle = Inline(bundle.X509.ToPem()),
                        }),
                },
            }.ToByteString(),
        },
    };

    private static DataSource Inline(string text) => new() { InlineBytes = ByteString.CopyFrom(text, Encoding.ASCII) };
}
