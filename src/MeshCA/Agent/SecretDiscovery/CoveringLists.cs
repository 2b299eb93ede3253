using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Agent.Views;
using MeshCA.Revocations.Lists;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>Chooses revocation lists for Envoy, which refuses each chain in which one authority has no current list (wire §3).</summary>
internal static class CoveringLists
{
    private const string Label = "X509 CRL";

    /// <summary>Finds the lists of all authorities that are known here: the roots, and what signed the caller's certificates.</summary>
    /// <param name="view">Has the lists.</param>
    /// <param name="bundle">The roots.</param>
    /// <param name="now">The present.</param>
    /// <returns>The lists in PEM; null where one authority has none that is current: none is better than half.</returns>
    public static string? Find(WorkloadView view, TrustBundle bundle, DateTimeOffset now)
    {
        var lists = new List<(string Authority, ReadOnlyMemory<byte> Der)>();
        foreach (var der in view.State.RevocationLists)
        {
            if (ListFields.TryDivide(der, out var tbs, out _)
                && ListFields.TryRead(tbs, out var fields)
                && fields is { IsLimited: false }
                && fields.ThisUpdate <= now && now < fields.NextUpdate)
            {
                lists.Add((fields.Authority, der));
            }
        }

        var authorities = bundle.X509.Authorities.Concat(view.Identities.SelectMany(identity => identity.Held.Svid.Certificates.Skip(1)));
        return authorities.All(authority => KeyIdOf(authority.Span) is { } id && lists.Exists(list => list.Authority == id))
            ? string.Concat(lists.Select(list => PemEncoding.WriteString(Label, list.Der.Span) + "\n"))
            : null;
    }

    private static string? KeyIdOf(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifier?.ToLowerInvariant();
    }
}
