using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;

namespace MeshCA.Revocations.Lists;

/// <summary>An authority whose certificates a list can name: one for each key, however many certificates the key has.</summary>
/// <param name="Id">Its subject key identifier in lower-case hexadecimal.</param>
/// <param name="Certificate">A certificate of it.</param>
/// <param name="IsRoot">Whether it is in the trust bundle.</param>
internal sealed record ListIssuer(string Id, ReadOnlyMemory<byte> Certificate, bool IsRoot)
{
    /// <summary>Whether its certificate lets it sign lists: verifiers refuse them otherwise (RFC 5280 §4.2.1.3).</summary>
    public bool MaySignLists { get; private init; } = true;

    /// <summary>Every authority that a chain may lead through, and those that are about to sign.</summary>
    /// <param name="snapshot">What is in force; null: nothing.</param>
    /// <param name="set">What the store holds.</param>
    /// <remarks>
    /// A cross-certificate has the new root's name and key, so the new root's list covers it. Authorities that do not sign yet are
    /// among them: whoever checks every certificate of a chain needs the list before the first leaf.
    /// </remarks>
    public static IReadOnlyList<ListIssuer> Of(AuthoritySnapshot? snapshot, AuthoritySet set)
    {
        var roots = (snapshot?.Roots ?? []).Concat(Kept(set, isRoot: true)).Select(der => TryRead(der, isRoot: true));
        var others = (snapshot?.Issuers ?? [])
            .Concat(Kept(set, isRoot: false))
            .Select(der => TryRead(der, isRoot: false));
        return [.. roots.Concat(others).OfType<ListIssuer>().DistinctBy(issuer => issuer.Id)];
    }

    // Who left the trust bundle needs no list: nothing that it signed is accepted any more.
    private static IEnumerable<ReadOnlyMemory<byte>> Kept(AuthoritySet set, bool isRoot) => set.Authorities
        .Where(a => a.Kind != AuthorityKind.JwtKey && a.Kind == AuthorityKind.Root == isRoot && a.State is not (AuthorityState.Retired or AuthorityState.Revoked))
        .Select(a => a.Certificate);

    // One without a key identifier is none of ours; nothing could name its list.
    private static ListIssuer? TryRead(ReadOnlyMemory<byte> der, bool isRoot)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            var identifier = certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault();
            var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
            return identifier is null
                ? null
                : new(Convert.ToHexStringLower(identifier.SubjectKeyIdentifierBytes.Span), der, isRoot)
                {
                    MaySignLists = usage?.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign) ?? true,
                };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
