using System.Formats.Asn1;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Csr;
using MeshCA.Tests.Csr;
using Xunit;

namespace MeshCA.Tests.Spec;

/// <summary>No input makes the parser throw, and none but an untouched request gets through.</summary>
public sealed class CsrMutationTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(1000);

    public static TheoryData<Func<TestRequest>> Requests() =>
    [
        new(TestRequest.P256) { Label = "P-256" },
        new(TestRequest.P384) { Label = "P-384" },
        new(() => TestRequest.Rsa()) { Label = "RSA" },
    ];

    [Theory, MemberData(nameof(Requests))]
    public void No_mutation_of_a_request_throws_or_is_accepted(Func<TestRequest> make)
    {
        var good = (make() with { Subject = TestRequest.Name("CN=a, O=b") }).ToDer();
        Prop.ForAll(Mutations.Of(good).ToArbitrary(), mutated =>
            !CertificateSigningRequest.TryParse(mutated, KeyPolicy.Default, out var request, out var error)
                ? error != CsrError.None && request is null
                : mutated.AsSpan().SequenceEqual(good)).Check(Runs);
    }

    [Theory, MemberData(nameof(Requests))]
    public void No_mutation_of_a_pem_text_throws(Func<TestRequest> make)
    {
        var test = make();
        var key = test.Key.ExportSubjectPublicKeyInfo();
        var good = System.Text.Encoding.Latin1.GetBytes(test.ToPem());
        Prop.ForAll(Mutations.Of(good).ToArbitrary(), mutated =>
            !CertificateSigningRequest.TryParsePem(
                System.Text.Encoding.Latin1.GetString(mutated), CsrPolicy.Default, out var request, out var error)
                ? error != CsrError.None && request is null
                : request.PublicKey.SubjectPublicKeyInfo.Span.SequenceEqual(key)).Check(Runs);
    }

    [Fact]
    public void No_bytes_and_no_text_throw()
    {
        Prop.ForAll<byte[]>(bytes => !CertificateSigningRequest.TryParse(bytes, KeyPolicy.Default, out _, out var error)
            && error != CsrError.None).Check(Runs);
        Prop.ForAll<string>(text => !CertificateSigningRequest.TryParsePem(text, CsrPolicy.Default, out _, out var error)
            && error != CsrError.None).Check(Runs);
        Prop.ForAll<byte[]>(bytes => !CertificateSigningRequest.TryParsePem(
            PemEncoding.WriteString("CERTIFICATE REQUEST", bytes), CsrPolicy.Default, out _, out var error)
            && error != CsrError.None).Check(Runs);
    }

    [Theory]
    [InlineData("-----BEGIN ")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n")]
    [InlineData("\n-----END ")]
    [InlineData("-----BEGIN X-----\n-----END X-----\n")]
    [InlineData("x-----BEGIN ")]
    public void Boundaries_without_end_are_refused_at_the_limit(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, CsrPolicy.DefaultMaxLength / piece.Length));
        Assert.False(CertificateSigningRequest.TryParsePem(text, CsrPolicy.Default, out _, out var error));
        Assert.Contains(error, new[] { CsrError.NoPem, CsrError.MalformedPem });
    }

    [Fact]
    public void Nesting_as_deep_as_the_limit_allows_is_refused_without_exhausting_the_stack()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        var scopes = new Stack<IDisposable>();
        while (scopes.Count < 9_000)
        {
            scopes.Push(writer.PushSequence());
        }

        while (scopes.TryPop(out var scope))
        {
            scope.Dispose();
        }

        var nested = writer.Encode();
        Assert.InRange(nested.Length, 30_000, 40_000);
        Assert.Equal(CsrError.MalformedDer, Error(nested));
        Assert.Equal(CsrError.MalformedAttributes, (TestRequest.P256() with { Attributes = AttributeOf(nested) }).Parse());
    }

    private static byte[] AttributeOf(byte[] value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSetOf(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.3");
            using (writer.PushSetOf())
            {
                writer.WriteEncodedValue(value);
            }
        }

        return writer.Encode();
    }

    private static CsrError Error(byte[] der)
    {
        Assert.False(CertificateSigningRequest.TryParse(der, KeyPolicy.Default, out _, out var error));
        return error;
    }
}
