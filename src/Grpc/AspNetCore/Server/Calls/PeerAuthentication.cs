using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>What a client certificate says of the peer, as properties. TLS checked possession of its key; whether it is
/// trusted, the host decided in the handshake.</summary>
internal static class PeerAuthentication
{
    private const string AlternativeName = "x509_subject_alternative_name";
    private const string CommonName = "x509_common_name";
    private const string AlternativeNameOid = "2.5.29.17";

    // RFC 5280 §4.2.1.6: GeneralName dNSName [2], uniformResourceIdentifier [6].
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The properties of a certificate.</summary>
    /// <param name="certificate">The certificate; untrusted. Null if the peer showed none.</param>
    public static AuthContext Describe(X509Certificate2? certificate)
    {
        var properties = new Dictionary<string, List<AuthProperty>>(StringComparer.Ordinal);
        if (certificate is null)
        {
            return new AuthContext(null, properties);
        }

        Add(properties, AlternativeName, AlternativeNames(certificate));
        Add(properties, CommonName, [certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)]);
        var identity = properties.ContainsKey(AlternativeName) ? AlternativeName
            : properties.ContainsKey(CommonName) ? CommonName
            : null;
        return new AuthContext(identity, properties);
    }

    private static void Add(Dictionary<string, List<AuthProperty>> properties, string name, IEnumerable<string> values)
    {
        List<AuthProperty> found =
            [.. values.Where(value => value.Length > 0).Select(value => AuthProperty.Create(name, Encoding.UTF8.GetBytes(value)))];
        if (found.Count > 0)
        {
            properties.Add(name, found);
        }
    }

    private static List<string> AlternativeNames(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.FirstOrDefault(entry => entry.Oid?.Value == AlternativeNameOid);
        try
        {
            return extension is null ? [] : ReadNames(extension.RawData);
        }
        catch (AsnContentException)
        {
            return []; // A malformed extension names nobody.
        }
    }

    private static List<string> ReadNames(byte[] extension)
    {
        List<string> names = [];
        var sequence = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var tag = sequence.PeekTag();
            if (tag == DnsName || tag == Uri)
            {
                names.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            }
            else
            {
                sequence.ReadEncodedValue();
            }
        }

        return names;
    }
}
