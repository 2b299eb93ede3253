using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Agent.SecretDiscovery;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using MeshCA.Wire.Agent;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Explaining;

/// <summary>The secrets of a view, as administrators see them: no keys.</summary>
internal static class SecretList
{
    private const string Chain = "Cert Chain";
    private const string Authority = "CA";

    /// <summary>Lists them.</summary>
    public static ListSecretsResponse Of(WorkloadView view, WorkloadOptions options, DateTimeOffset now)
    {
        var catalog = new SecretCatalog(view, options, now);
        return new() { Secrets = { catalog.Names.SelectMany(name => Rows(name, view, catalog, options)) } };
    }

    private static IEnumerable<ListedSecret> Rows(string name, WorkloadView view, SecretCatalog catalog, WorkloadOptions options)
    {
        var leaf = LeafOf(name, view, options);
        var isChain = leaf is not null || name == options.DefaultSecret;
        if (catalog.Find(name) is not SecretLookup.Found(var resource))
        {
            yield return new() { Name = name, Type = isChain ? Chain : Authority, Status = "WARMING" };
            yield break;
        }

        if (leaf is not null)
        {
            yield return Row(name, Chain, leaf.Id.TrustDomain, leaf.Held.Svid.Certificates[0].Span, resource);
            yield break;
        }

        foreach (var bundle in BundlesOf(name, view, options))
        {
            foreach (var root in bundle.X509.Authorities)
            {
                yield return Row(name, Authority, bundle.TrustDomain, root.Span, resource);
            }
        }
    }

    private static ViewedIdentity? LeafOf(string name, WorkloadView view, WorkloadOptions options) =>
        name == options.DefaultSecret
            ? SecretCatalog.DefaultOf(view)
            : view.Identities.FirstOrDefault(identity => identity.Id.ToString() == name);

    private static IEnumerable<TrustBundle> BundlesOf(string name, WorkloadView view, WorkloadOptions options)
    {
        var all = view.State.Federated.Values.OrderBy(bundle => bundle.TrustDomain.Name, StringComparer.Ordinal)
            .Prepend(view.Bundle).OfType<TrustBundle>();
        return name == options.AllBundles ? all
            : name == options.DefaultBundle ? all.Take(1)
            : all.Where(bundle => bundle.TrustDomain.Id.ToString() == name);
    }

    private static ListedSecret Row(string name, string type, TrustDomain domain, ReadOnlySpan<byte> der, SecretResource resource)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return new()
        {
            Name = name,
            Type = type,
            Status = "ACTIVE",
            TrustDomain = domain.Name,
            SerialNumber = certificate.SerialNumber.ToLowerInvariant(),
            NotBefore = Timestamp.FromDateTime(certificate.NotBefore.ToUniversalTime()),
            NotAfter = Timestamp.FromDateTime(certificate.NotAfter.ToUniversalTime()),
            Version = resource.Version,
        };
    }
}
