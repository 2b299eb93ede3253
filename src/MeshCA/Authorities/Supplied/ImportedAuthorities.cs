using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities.Plugin;
using MeshCA.Cryptography;
using SpiffeIdentity;

namespace MeshCA.Authorities.Supplied;

/// <summary>The authority that a mesh had before, as the first of a new store: root and all, with its very bytes.</summary>
internal static class ImportedAuthorities
{
    // Below it an intermediate, and when it is rotated away a cross-certificate.
    private const int MinPathLength = 2;

    /// <summary>Checks what was supplied and makes records of it.</summary>
    /// <param name="files">The PEM texts; untrusted.</param>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="now">The time at which all must be valid.</param>
    /// <param name="materials">The active root, the intermediate if there is one, then further roots; their keys are the caller's to dispose of.</param>
    /// <param name="fault">The first fault, or null.</param>
    public static bool TryRead(
        PluginFiles files,
        TrustDomain trustDomain,
        DateTimeOffset now,
        [NotNullWhen(true)] out IReadOnlyList<AuthorityMaterial>? materials,
        [NotNullWhen(false)] out string? fault)
    {
        materials = null;
        if (!PluginAuthority.TryCreate(files, trustDomain, now, out var authority, out fault))
        {
            return false;
        }

        using (authority.Signer)
        {
            fault = Judge(authority, now);
            if (fault is null && SigningKey.TryImportPem(files.Key, out var key)) // it was read before
            {
                using (key)
                {
                    materials = Records(authority, key.ExportPkcs8(), now);
                }
            }
        }

        return materials is not null;
    }

    private static string? Judge(PluginAuthority authority, DateTimeOffset now)
    {
        if (!SelfSigned.Is(authority.Anchor))
        {
            return "the signing certificate leads to one that is not self-signed; use Authorities:PluginSecret for it";
        }

        using var root = X509CertificateLoader.LoadCertificate(authority.Anchor.Span);
        if (authority.Signer.IsSelfSigned)
        {
            return SuppliedCertificates.CheckAuthority("root", root, now, MinPathLength);
        }

        return SuppliedCertificates.SignedBy(authority.Signer.Certificate, authority.Anchor)
            ? null
            : "more than one authority stands between root and leaves; use Authorities:PluginSecret for it";
    }

    private static List<AuthorityMaterial> Records(PluginAuthority authority, Pkcs8PrivateKey key, DateTimeOffset now)
    {
        var isRoot = authority.Signer.IsSelfSigned;
        var rootId = SuppliedCertificates.IdOf(authority.Anchor) is { Length: > 0 } id ? id : Fingerprint.Of(authority.Anchor.Span).ToString();
        var materials = new List<AuthorityMaterial>
        {
            new(Record(rootId, AuthorityKind.Root, AuthorityState.Active, rootId, authority.Anchor, now), isRoot ? key : null),
        };
        if (!isRoot)
        {
            materials.Add(new(
                Record(authority.Signer.Id, AuthorityKind.Intermediate, AuthorityState.Active, rootId, authority.Signer.Certificate, now), key));
        }

        // Whatever else clients trust so far they go on trusting. By fingerprint: it may be an older certificate of the root's key.
        materials.AddRange(authority.Bundle.Authorities
            .Where(root => !root.Span.SequenceEqual(authority.Anchor.Span))
            .Select(root => (Id: Fingerprint.Of(root.Span).ToString(), Root: root))
            .Select(root => new AuthorityMaterial(Record(root.Id, AuthorityKind.Root, AuthorityState.Old, root.Id, root.Root, now))));
        return materials;
    }

    private static AuthorityRecord Record(
        string id, AuthorityKind kind, AuthorityState state, string issuer, ReadOnlyMemory<byte> certificate, DateTimeOffset now) => new()
        {
            Id = id,
            Kind = kind,
            State = state,
            Issuer = issuer,
            Certificate = certificate,
            CreatedAt = now,
        };
}
