using System.Security.Cryptography;
using MeshCA.Cryptography;
using MeshCA.Csr;
using Xunit;

namespace MeshCA.Tests.Csr;

public sealed class CertificateSigningRequestTests
{
    private const string ForeignSan = "A021301F06092A864886F70D01090E31123010300E0603551D11040730058203612E62";

    public static TheoryData<Func<TestRequest>, Enum> Good() =>
    [
        new(TestRequest.P256, KeyAlgorithm.EcdsaP256) { Label = "P-256" },
        new(TestRequest.P384, KeyAlgorithm.EcdsaP384) { Label = "P-384" },
        new(() => TestRequest.Rsa(), KeyAlgorithm.Rsa) { Label = "RSA" },
        new(() => TestRequest.P256() with { Hash = HashAlgorithmName.SHA384, SignatureAlgorithm = "1.2.840.10045.4.3.3" }, KeyAlgorithm.EcdsaP256) { Label = "SHA-384" },
        new(() => TestRequest.P256() with { Hash = HashAlgorithmName.SHA512, SignatureAlgorithm = "1.2.840.10045.4.3.4" }, KeyAlgorithm.EcdsaP256) { Label = "SHA-512" },
        new(() => TestRequest.Rsa() with { Hash = HashAlgorithmName.SHA384, SignatureAlgorithm = "1.2.840.113549.1.1.12" }, KeyAlgorithm.Rsa) { Label = "RSA, SHA-384" },
        new(() => TestRequest.Rsa() with { Hash = HashAlgorithmName.SHA512, SignatureAlgorithm = "1.2.840.113549.1.1.13" }, KeyAlgorithm.Rsa) { Label = "RSA, SHA-512" },
        new(() => TestRequest.P256() with { Subject = [0x30, 0x0B, 0x31, 0x09, 0x30, 0x07, 0x06, 0x03, 0x55, 0x04, 0x0A, 0x13, 0x00] }, KeyAlgorithm.EcdsaP256) { Label = "subject O=\"\", as Go agents send" },
        new(() => TestRequest.P256() with { Subject = TestRequest.Name("CN=admin, O=other") }, KeyAlgorithm.EcdsaP256) { Label = "common name" },
        new(() => TestRequest.P256() with { Attributes = Convert.FromHexString(ForeignSan) }, KeyAlgorithm.EcdsaP256) { Label = "foreign alternative name" },
    ];

    [Theory, MemberData(nameof(Good))]
    public void A_good_request_gives_its_key_and_nothing_else(Func<TestRequest> make, Enum algorithm)
    {
        var test = make();
        Assert.True(CertificateSigningRequest.TryParsePem(test.ToPem(), CsrPolicy.Default, out var request, out var error));
        Assert.Equal(CsrError.None, error);
        Assert.Equal(algorithm, request.PublicKey.Algorithm);
        Assert.Equal(test.Key.KeySize, request.PublicKey.KeySize);
        Assert.Equal(test.Key.ExportSubjectPublicKeyInfo(), request.PublicKey.SubjectPublicKeyInfo.ToArray());
    }

    public static TheoryData<Func<TestRequest, TestRequest>, Enum> Faults() =>
    [
        new(request => request, CsrError.None) { Label = "good" },
        new(request => request with { Trailer = [0] }, CsrError.TrailingBytes) { Label = "trailing byte" },
        new(request => request with { Version = [0x02, 0x01, 0x01] }, CsrError.BadVersion) { Label = "version 2" },
        new(request => request with { Version = [0x02, 0x02, 0x00, 0x00] }, CsrError.MalformedDer) { Label = "padded version" },
        new(request => request with { Version = [] }, CsrError.MalformedDer) { Label = "no version" },
        new(request => request with { Subject = [] }, CsrError.MalformedSubject) { Label = "no subject" },
        new(request => request with { Subject = [0x31, 0x00] }, CsrError.MalformedSubject) { Label = "subject is a set" },
        new(request => request with { Subject = [0x30, 0x02, 0x31, 0x00] }, CsrError.MalformedSubject) { Label = "empty relative name" },
        new(request => request with { Subject = [0x30, 0x04, 0x31, 0x02, 0x30, 0x00] }, CsrError.MalformedSubject) { Label = "empty pair" },
        new(request => request with { PublicKeyInfo = [0x30, 0x00] }, CsrError.MalformedPublicKey) { Label = "empty key" },
        new(request => request with { Attributes = [] }, CsrError.MalformedAttributes) { Label = "no attributes" },
        new(request => request with { Attributes = [0xA0, 0x01, 0x30] }, CsrError.MalformedAttributes) { Label = "cut attribute" },
        new(request => request with { Attributes = [0xA0, 0x02, 0x30, 0x00] }, CsrError.MalformedAttributes) { Label = "empty attribute" },
        new(request => request with { Attributes = [0xA0, 0x09, 0x30, 0x07, 0x06, 0x03, 0x55, 0x04, 0x0A, 0x31, 0x00] }, CsrError.MalformedAttributes) { Label = "no value" },
        new(request => request with { Attributes = [0xA0, 0x0B, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x0A, 0x31, 0x02, 0x30, 0x80] }, CsrError.MalformedAttributes) { Label = "indefinite length" },
        new(request => request with { Attributes = [0xA0, 0x00, 0x05, 0x00] }, CsrError.MalformedAttributes) { Label = "element behind" },
        new(request => request with { Hash = HashAlgorithmName.SHA1, SignatureAlgorithm = "1.2.840.10045.4.1" }, CsrError.Sha1Signature) { Label = "SHA-1" },
        new(request => request with { SignatureAlgorithm = "1.3.101.112" }, CsrError.Ed25519Signature) { Label = "Ed25519" },
        new(request => request with { SignatureAlgorithm = "1.2.840.10045.4.3.1" }, CsrError.UnsupportedSignature) { Label = "SHA-224" },
        new(request => request with { SignatureParameters = [0x05, 0x00] }, CsrError.UnsupportedSignature) { Label = "parameters" },
        new(request => request with { SignatureAlgorithm = TestRequest.RsaSha256 }, CsrError.SignatureOfOtherKeyType) { Label = "RSA signature, EC key" },
        new(request => request with { Hash = HashAlgorithmName.SHA384 }, CsrError.BadSignature) { Label = "other hash than named" },
        new(request => request with { PublicKeyInfo = TestRequest.P256().Key.ExportSubjectPublicKeyInfo() }, CsrError.BadSignature) { Label = "somebody else's key" },
    ];

    [Theory, MemberData(nameof(Faults))]
    public void One_fault_gives_its_own_error(Func<TestRequest, TestRequest> change, Enum expected) =>
        Assert.Equal(expected, change(TestRequest.P256()).Parse());

    public static TheoryData<Func<TestRequest, TestRequest>, Enum> RsaFaults() =>
    [
        new(request => request with { SignatureParameters = [] }, CsrError.None) { Label = "parameters absent, RFC 4055 §5" },
        new(request => request with { SignatureParameters = [0x30, 0x00] }, CsrError.UnsupportedSignature) { Label = "other parameters" },
        new(request => request with { Hash = HashAlgorithmName.SHA1, SignatureAlgorithm = "1.2.840.113549.1.1.5" }, CsrError.Sha1Signature) { Label = "SHA-1" },
        new(request => request with { Hash = HashAlgorithmName.MD5, SignatureAlgorithm = "1.2.840.113549.1.1.4" }, CsrError.Md5Signature) { Label = "MD5" },
        new(request => request with { Padding = RSASignaturePadding.Pss, SignatureAlgorithm = "1.2.840.113549.1.1.10", SignatureParameters = [0x30, 0x00] }, CsrError.RsaPssSignature) { Label = "PSS" },
        new(request => request with { Padding = RSASignaturePadding.Pss }, CsrError.BadSignature) { Label = "PSS under another name" },
        new(request => request with { SignatureAlgorithm = TestRequest.EcdsaSha256 }, CsrError.UnsupportedSignature) { Label = "ECDSA with NULL" },
        new(request => request with { SignatureAlgorithm = TestRequest.EcdsaSha256, SignatureParameters = [] }, CsrError.SignatureOfOtherKeyType) { Label = "ECDSA signature, RSA key" },
    ];

    [Theory, MemberData(nameof(RsaFaults))]
    public void One_fault_of_an_rsa_request_gives_its_own_error(Func<TestRequest, TestRequest> change, Enum expected) =>
        Assert.Equal(expected, change(TestRequest.Rsa()).Parse());

    [Theory]
    [InlineData("CERTIFICATE REQUEST", CsrError.None)]
    [InlineData("NEW CERTIFICATE REQUEST", CsrError.None)]
    [InlineData("CERTIFICATE", CsrError.WrongLabel)]
    [InlineData("certificate request", CsrError.WrongLabel)]
    public void Two_labels_are_accepted(string label, Enum expected) =>
        Assert.Equal(expected, ParsePem(TestRequest.P256().ToPem(label)));

    [Fact]
    public void The_first_block_counts_whatever_stands_around_it()
    {
        var pem = TestRequest.P256().ToPem();
        var other = TestRequest.P384().ToPem();
        Assert.Equal(CsrError.None, ParsePem(pem.ReplaceLineEndings("\r\n")));
        Assert.Equal(CsrError.None, ParsePem("Certificate Request:\n    Data:\n" + pem));
        Assert.Equal(CsrError.None, ParsePem(pem + "text behind"));
        Assert.Equal(CsrError.None, ParsePem(pem.TrimEnd()));
        Assert.True(CertificateSigningRequest.TryParsePem(pem + other, CsrPolicy.Default, out var request, out _));
        Assert.Equal(KeyAlgorithm.EcdsaP256, request.PublicKey.Algorithm);
        Assert.Equal(CsrError.WrongLabel, ParsePem(TestRequest.P256().ToPem("X") + pem));
    }

    [Theory]
    [InlineData("", CsrError.Empty)]
    [InlineData("text", CsrError.NoPem)]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA", CsrError.MalformedPem)]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n%\n-----END CERTIFICATE REQUEST-----", CsrError.MalformedPem)]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", CsrError.MalformedDer)]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----", CsrError.MalformedDer)]
    public void Text_that_is_no_request_is_refused(string pem, Enum expected) =>
        Assert.Equal(expected, ParsePem(pem));

    [Theory]
    [InlineData(0, CsrError.None)]
    [InlineData(1, CsrError.TooLarge)]
    public void A_request_beyond_the_limit_is_not_looked_at(int above, Enum expected)
    {
        var pem = TestRequest.P256().ToPem();
        Assert.Equal(expected, ParsePem(pem.PadLeft(CsrPolicy.DefaultMaxLength + above, '\n')));
        Assert.Equal(expected, ParsePem(pem, CsrPolicy.Default with { MaxLength = pem.Length - above }));
    }

    [Fact]
    public void A_short_form_of_the_signature_cannot_be_padded()
    {
        var der = TestRequest.P256().ToDer();
        byte[] longer = [0x30, 0x82, .. der[1] == 0x81 ? [0x00, der[2]] : der[2..4], .. der[(der[1] == 0x81 ? 3 : 4)..]];
        Assert.Equal(CsrError.MalformedDer, Parse(longer));
    }

    [Fact]
    public void Every_error_has_a_text_of_its_own_in_lower_case_without_a_period()
    {
        var texts = Enum.GetValues<CsrError>().Where(error => error != CsrError.None).Select(CsrErrorText.Of).ToList();
        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.All(texts, text => Assert.DoesNotMatch(@"\.$|^\s*$|^[A-Z][a-z]", text));
    }

    private static CsrError Parse(byte[] der)
    {
        CertificateSigningRequest.TryParse(der, KeyPolicy.Default, out _, out var error);
        return error;
    }

    private static CsrError ParsePem(string pem, CsrPolicy? policy = null)
    {
        var found = CertificateSigningRequest.TryParsePem(pem, policy ?? CsrPolicy.Default, out var request, out var error);
        Assert.Equal(found, request is not null);
        return error;
    }
}
