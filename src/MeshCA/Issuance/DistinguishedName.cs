using MeshCA.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using SpiffeIdentity;

namespace MeshCA.Issuance;

/// <summary>The subjects this CA gives, as DER.</summary>
internal static class DistinguishedName
{
    // RFC 5280 appendix A.1, ub-organization-name.
    private const int MaxOrganizationLength = 64;

    /// <summary>The empty sequence of RDNs.</summary>
    public static readonly ReadOnlyMemory<byte> Empty = new byte[] { 0x30, 0x00 };

    /// <summary>The subject of an authority: <c>O=trust domain, CN=kind key-id</c>, so that no two keys share a name.</summary>
    public static ReadOnlyMemory<byte> OfAuthority(TrustDomain trustDomain, CertificateKind kind, ReadOnlySpan<byte> keyIdentifier)
    {
        var types = new List<DerObjectIdentifier>();
        var values = new List<string>();
        if (trustDomain.Name.Length <= MaxOrganizationLength)
        {
            types.Add(new DerObjectIdentifier(Oids.Organization));
            values.Add(trustDomain.Name);
        }

        types.Add(new DerObjectIdentifier(Oids.CommonName));
        values.Add($"{(kind == CertificateKind.Root ? "root" : "intermediate")} {Convert.ToHexStringLower(keyIdentifier)}");
        return new X509Name(types, values).GetDerEncoded();
    }
}
