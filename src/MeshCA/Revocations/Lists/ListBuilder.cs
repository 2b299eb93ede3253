using MeshCA.Cryptography;
using MeshCA.Issuance;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

namespace MeshCA.Revocations.Lists;

/// <summary>Writes the to-be-signed bytes of a planned list, RFC 5280 §5.1.2.</summary>
/// <remarks>
/// BouncyCastle builds; what it built is read back by another parser in <see cref="LintedList"/>. A full list without
/// IssuingDistributionPoint: it covers every certificate of its issuer (§5.2.5), which is what Envoy asks for.
/// </remarks>
internal static class ListBuilder
{
    private static readonly DerObjectIdentifier AuthorityKeyIdentifierId = new(Oids.AuthorityKeyIdentifier);
    private static readonly DerObjectIdentifier NumberId = new(Oids.CrlNumber);

    /// <summary>Writes the bytes.</summary>
    public static byte[] Build(ListPlan plan)
    {
        var generator = new V2TbsCertListGenerator();
        generator.SetSignature(TbsCertificateBuilder.SignatureAlgorithm(plan.Issuer.SignatureAlgorithm));
        generator.SetIssuer(X509Name.GetInstance(Asn1Object.FromByteArray(plan.Issuer.Subject.ToArray())));
        generator.SetThisUpdate(new Time(plan.ThisUpdate.UtcDateTime));
        generator.SetNextUpdate(new Time(plan.NextUpdate.UtcDateTime));
        foreach (var entry in plan.Entries)
        {
            // §5.3.1: the reason is left out where none is given.
            generator.AddCrlEntry(
                new DerInteger(new BigInteger(1, entry.Serial.ToByteArray())),
                new Time(ValidityPlanner.WholeSecond(entry.Time).UtcDateTime),
                (int)entry.Code);
        }

        var extensions = new X509ExtensionsGenerator();
        extensions.AddExtension(
            AuthorityKeyIdentifierId, false, new AuthorityKeyIdentifier(plan.Issuer.KeyIdentifier.ToArray()).GetDerEncoded());
        extensions.AddExtension(NumberId, false, new DerInteger(BigInteger.ValueOf(plan.Number)).GetDerEncoded());
        generator.SetExtensions(extensions.Generate());
        return generator.GenerateTbsCertList().GetDerEncoded();
    }
}
