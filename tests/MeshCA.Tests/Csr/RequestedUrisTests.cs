using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Csr;
using Xunit;

namespace MeshCA.Tests.Csr;

public sealed class RequestedUrisTests
{
    private const string ExtensionRequest = "1.2.840.113549.1.9.14";
    private const string SubjectAltName = "2.5.29.17";

    [Fact]
    public void A_request_without_names_asks_for_none()
    {
        var uris = RequestedUris.OfPem(TestRequest.P256().ToPem());
        Assert.Equal((0, false, false, false), (uris.Uris.Count, uris.HasDnsNames, uris.HasOtherNames, uris.IsMalformed));
    }

    [Fact]
    public void Uris_are_read_as_they_stand_and_other_kinds_are_told()
    {
        var uris = Read((6, "spiffe://cluster.local/ns/a/sa/b"), (2, "cart.shop"), (1, "somebody@example"));
        Assert.Equal(["spiffe://cluster.local/ns/a/sa/b"], uris.Uris);
        Assert.Equal((true, true, false), (uris.HasDnsNames, uris.HasOtherNames, uris.IsMalformed));
    }

    [Fact]
    public void Twice_the_same_is_two() => Assert.Equal(2, Read((6, "spiffe://a/b"), (6, "spiffe://a/b")).Uris.Count);

    [Theory]
    [InlineData(RequestedUris.MaxUris, false)]
    [InlineData(RequestedUris.MaxUris + 1, true)]
    public void So_many_uris_are_read_and_no_more(int count, bool isMalformed) => Assert.Equal(
        isMalformed, Read([.. Enumerable.Range(0, count).Select(i => (6, $"spiffe://a/{i}"))]).IsMalformed);

    [Theory]
    [InlineData(2048, false)]
    [InlineData(2049, true)]
    public void A_uri_is_as_long_as_spiffe_ids_may_be(int length, bool isMalformed) => Assert.Equal(
        isMalformed, Read((6, new string('a', length))).IsMalformed);

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")]
    public void What_is_no_request_is_malformed(string pem) => Assert.True(RequestedUris.OfPem(pem).IsMalformed);

    [Fact]
    public void No_input_throws() => Prop.ForAll<byte[]>(bytes =>
        RequestedUris.OfPem(PemEncoding.WriteString("CERTIFICATE REQUEST", bytes ?? [])) is not null).QuickCheckThrowOnFailure();

    internal static byte[] Attributes(params (int Tag, string Name)[] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(ExtensionRequest);
            using (writer.PushSetOf())
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(SubjectAltName);
                using (writer.PushOctetString())
                using (writer.PushSequence())
                {
                    foreach (var (tag, name) in names)
                    {
                        writer.WriteOctetString(Encoding.ASCII.GetBytes(name), new Asn1Tag(TagClass.ContextSpecific, tag));
                    }
                }
            }
        }

        return writer.Encode();
    }

    private static RequestedUris Read(params (int Tag, string Name)[] names) =>
        RequestedUris.OfPem((TestRequest.P256() with { Attributes = Attributes(names) }).ToPem());
}
