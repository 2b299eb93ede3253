using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class SpiffeBundleReaderTests
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    public static TheoryData<string, TrustBundleError, int> Documents() =>
    [
        new("""{"keys":[]}""", TrustBundleError.None, 0) { Label = "trusts nothing" },
        new("""{"keys":[ENTRY]}""", TrustBundleError.None, 1) { Label = "one entry" },
        new("""{"keys":[ENTRY,ENTRY],"other":{"a":[1]}}""", TrustBundleError.None, 1) { Label = "repeated, unknown member" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","kid":"1","x5c":["CERT","!"]}]}""", TrustBundleError.None, 1) { Label = "kid, two x5c" },
        new("""{"keys":[{"kty":"EC","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "no use" },
        new("""{"keys":[{"kty":"EC","use":"X509-SVID","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "use in upper case" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid","kid":"1","crv":"P-256","x":"","y":""}]}""", TrustBundleError.None, 0) { Label = "JWT key" },
        new("""{"keys":[{"kty":"AKP","use":"x509-svid","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "unknown key type" },
        new("""{"keys":[{"use":"x509-svid","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "no key type" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid"}]}""", TrustBundleError.None, 0) { Label = "no x5c" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":[]}]}""", TrustBundleError.None, 0) { Label = "empty x5c" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["AAAA"]}]}""", TrustBundleError.MalformedCertificate, 0) { Label = "no certificate" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["*"]}]}""", TrustBundleError.MalformedCertificate, 0) { Label = "no base64" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":[1]}]}""", TrustBundleError.MalformedCertificate, 0) { Label = "no text" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","crv":"P-384","x5c":["CERT"]}]}""", TrustBundleError.KeyMismatch, 0) { Label = "other curve" },
        new("""{"keys":[{"kty":"RSA","use":"x509-svid","n":"AA","e":"AQAB","x5c":["CERT"]}]}""", TrustBundleError.KeyMismatch, 0) { Label = "other key type" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x":"AAAA","x5c":["CERT"]}]}""", TrustBundleError.KeyMismatch, 0) { Label = "other point" },
        new("""{"keys":[1]}""", TrustBundleError.MalformedEntry, 0) { Label = "entry is no object" },
        new("""{"keys":null}""", TrustBundleError.MissingKeys, 0) { Label = "keys null" },
        new("{}", TrustBundleError.MissingKeys, 0) { Label = "no keys" },
        new("[]", TrustBundleError.MalformedJson, 0) { Label = "no object" },
        new("", TrustBundleError.MalformedJson, 0) { Label = "empty" },
        new("""{"keys":[]} x""", TrustBundleError.MalformedJson, 0) { Label = "text behind" },
        new("""{"keys":[],"keys":[ENTRY]}""", TrustBundleError.MalformedJson, 0) { Label = "member twice" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["\ud800"]}]}""", TrustBundleError.MalformedJson, 0) { Label = "half a surrogate pair" },
        new("""{"keys":[],"spiffe_sequence":18446744073709551615}""", TrustBundleError.None, 0) { Label = "largest sequence" },
        new("""{"keys":[],"spiffe_sequence":18446744073709551616}""", TrustBundleError.BadSequence, 0) { Label = "sequence too large" },
        new("""{"keys":[],"spiffe_sequence":-1}""", TrustBundleError.BadSequence, 0) { Label = "negative sequence" },
        new("""{"keys":[],"spiffe_sequence":"1"}""", TrustBundleError.BadSequence, 0) { Label = "sequence as text" },
        new("""{"keys":[],"spiffe_refresh_hint":2147483647}""", TrustBundleError.None, 0) { Label = "largest hint" },
        new("""{"keys":[],"spiffe_refresh_hint":2147483648}""", TrustBundleError.BadRefreshHint, 0) { Label = "hint too large" },
        new("""{"keys":[],"spiffe_refresh_hint":-1}""", TrustBundleError.BadRefreshHint, 0) { Label = "negative hint" },
        new("""{"keys":[],"spiffe_refresh_hint":1.5}""", TrustBundleError.BadRefreshHint, 0) { Label = "part of a second" },
    ];

    [Theory, MemberData(nameof(Documents))]
    public void Documents_are_read_leniently_and_never_by_halves(string json, TrustBundleError expected, int authorities)
    {
        using var root = TestAuthority.CreateRoot();
        var certificate = Convert.ToBase64String(root.Certificate);
        var document = json
            .Replace("ENTRY", """{"kty":"EC","use":"x509-svid","x5c":["CERT"]}""", StringComparison.Ordinal)
            .Replace("CERT", certificate, StringComparison.Ordinal);
        var found = SpiffeBundleReader.TryRead(Domain, Encoding.UTF8.GetBytes(document), out var bundle, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(expected == TrustBundleError.None, found);
        Assert.Equal(found ? authorities : null, bundle?.X509.Authorities.Count);
    }

    [Theory]
    [InlineData(X509Bundle.MaxAuthorities, TrustBundleError.None)]
    [InlineData(X509Bundle.MaxAuthorities + 1, TrustBundleError.TooMany)]
    public void A_document_has_so_many_authorities_and_no_more(int count, TrustBundleError expected)
    {
        using var root = TestAuthority.CreateRoot();
        var entry = $$"""{"kty":"EC","use":"x509-svid","x5c":["{{Convert.ToBase64String(root.Certificate)}}"]}""";
        var document = Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', Enumerable.Repeat(entry, count))}}]}""");

        Assert.Equal(expected == TrustBundleError.None, SpiffeBundleReader.TryRead(Domain, document, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Documents_beyond_the_limit_are_not_looked_at()
    {
        var padded = Encoding.UTF8.GetBytes("""{"keys":[]}""".PadRight(SpiffeBundleReader.MaxLength));
        Assert.True(SpiffeBundleReader.TryRead(Domain, padded, out _, out _));
        Assert.False(SpiffeBundleReader.TryRead(Domain, (byte[])[.. padded, (byte)' '], out _, out var error));
        Assert.Equal(TrustBundleError.TooLarge, error);
    }

    [Fact]
    public void No_mutation_of_a_document_throws()
    {
        using var root = TestAuthority.CreateRoot();
        var document = SpiffeBundleWriter.Write(new TrustBundle(BundleOf(root.Certificate), 7, TimeSpan.FromMinutes(5)));
        Prop.ForAll(Gens.Mutations(document).ToArbitrary(), mutated =>
            SpiffeBundleReader.TryRead(Domain, mutated, out var bundle, out var error)
                ? bundle.TrustDomain.Equals(Domain) && error == TrustBundleError.None
                : error != TrustBundleError.None)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static X509Bundle BundleOf(params byte[][] authorities) =>
        Spec.X509SvidSpecTests.BundleOf(Domain.Name, authorities);
}
