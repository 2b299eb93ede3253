using System.Text;
using System.Text.Json;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Spec;

/// <summary>SPIFFE_Trust_Domain_and_Bundle, clause by clause; what X509-SVID §6 and JWT-SVID add to it included.</summary>
public sealed class BundleSpecTests
{
    private const string Unknown = """{"kty":"AKP","use":"x509-svid","kid":"x","pub":"AA"}""";

    [Fact]
    public void S3_a_bundle_is_kept_with_the_name_of_its_trust_domain()
    {
        var bundle = Read("""{"keys":[]}""");
        Assert.Equal(Domain, bundle.TrustDomain);
        Assert.Equal(Domain, bundle.X509.TrustDomain);
        Assert.Equal(Domain, bundle.Jwt.TrustDomain);
    }

    [Fact]
    public void S4_1_parameters_that_are_not_defined_are_not_needed_and_not_minded() =>
        Assert.Equal(Read("""{"keys":[]}"""), Read("""{"keys":[],"a":[1,{"b":null}],"issuer":"x"}"""));

    [Theory]
    [InlineData("9007199254740993")]
    [InlineData("18446744073709551615")]
    public void S4_1_1_a_sequence_number_has_64_bits(string sequence) =>
        Assert.Equal(sequence, Read($$"""{"keys":[],"spiffe_sequence":{{sequence}}}""").Sequence!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void S4_1_2_a_refresh_hint_is_whole_seconds() =>
        Assert.Equal(TimeSpan.FromSeconds(90), Read("""{"keys":[],"spiffe_refresh_hint":90}""").RefreshHint);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"keys":null}""")]
    [InlineData("""{"keys":{}}""")]
    public void S4_1_3_keys_must_be_there(string document)
    {
        Assert.False(SpiffeBundleReader.TryRead(Domain, Encoding.UTF8.GetBytes(document), out _, out var error));
        Assert.Equal(TrustBundleError.MissingKeys, error);
    }

    [Fact]
    public void S4_2_1_an_entry_of_an_unknown_key_type_is_ignored() =>
        Assert.Equal(Both(), Read(Document(Unknown, """{"kty":"OKP","use":"jwt-svid","kid":"y","crv":"Ed25519","x":"AA"}""")));

    [Theory]
    [InlineData("""{"kty":"EC","use":"wit-svid","kid":"x"}""")]
    [InlineData("""{"kty":"EC","use":"JWT-SVID","kid":"x"}""")]
    [InlineData("""{"kty":"EC","use":"sig","kid":"x"}""")]
    [InlineData("""{"kty":"EC","kid":"x"}""")]
    public void S4_2_2_an_entry_of_an_unknown_or_no_use_is_ignored(string entry) => Assert.Equal(Both(), Read(Document(entry)));

    [Fact]
    public void S4_2_2_a_key_that_would_do_is_ignored_where_it_names_no_use()
    {
        var document = Encoding.UTF8.GetString(SpiffeBundleWriter.Write(Both()));
        var without = document
            .Replace("\"use\": \"jwt-svid\",", "", StringComparison.Ordinal)
            .Replace("\"use\": \"x509-svid\",", "", StringComparison.Ordinal);
        Assert.NotEqual(document.Length, without.Length);
        Assert.Equal(TrustBundle.Empty(Domain), Read(without));
    }

    [Fact]
    public void S4_2_2_each_key_authenticates_one_type_of_svid()
    {
        var bundle = Both();
        Assert.Single(bundle.X509.Authorities);
        Assert.Equal(KeyId, Assert.Single(bundle.Jwt.Authorities).KeyId);
    }

    [Fact]
    public void S4_what_is_written_holds_what_is_defined_and_no_more()
    {
        using var document = JsonDocument.Parse(SpiffeBundleWriter.Write(Both() with { Sequence = 1, RefreshHint = TimeSpan.FromMinutes(5) }));
        string Names(JsonElement element) => string.Join(',', element.EnumerateObject().Select(member => member.Name));
        Assert.Equal("keys,spiffe_sequence,spiffe_refresh_hint", Names(document.RootElement));

        // X509-SVID §6.1: no kid, exactly one x5c; JWT-SVID: a kid.
        Assert.Equal(
            ["use,kty,crv,x,y,x5c", "use,kid,kty,crv,x,y"],
            document.RootElement.GetProperty("keys").EnumerateArray().Select(Names));
        Assert.Equal(["x509-svid", "jwt-svid"], document.RootElement.GetProperty("keys").EnumerateArray().Select(entry => entry.GetProperty("use").GetString()));
        Assert.Equal(1, document.RootElement.GetProperty("keys")[0].GetProperty("x5c").GetArrayLength());
    }

    [Fact]
    public void S4_what_is_written_is_read_back()
    {
        var bundle = Both() with { Sequence = ulong.MaxValue, RefreshHint = TimeSpan.FromMinutes(5) };
        Assert.Equal(bundle, Read(Encoding.UTF8.GetString(SpiffeBundleWriter.Write(bundle))));
    }

    [Theory]
    [InlineData("""{"trust_domains":{"a":{"keys":[]},"b":{"keys":[]}}}""", 2)]
    [InlineData("""{"trust_domains":{"a":{"keys":[]},"a":{"keys":[]}}}""", null)]
    [InlineData("""{"trust_domains":{"a":{"keys":[]},"b":{"keys":null}}}""", null)]
    public void S5_a_map_is_loaded_whole_or_not_at_all(string document, int? expected) =>
        Assert.Equal(expected, BundleMapReader.TryRead(Encoding.UTF8.GetBytes(document), out var bundles, out _) ? bundles.Count : null);

    [Fact]
    public void S6_4_a_key_of_one_trust_domain_proves_nothing_in_another()
    {
        using var root = TestAuthority.CreateRoot();
        var own = X509SvidSpecTests.BundleOf("example.org", root.Certificate);
        Assert.True(X509Svid.TryParse([root.IssueLeaf("spiffe://other.org/a")], out var svid, out _));
        Assert.Equal(X509SvidError.OtherTrustDomain, svid.Verify(own, TestAuthority.Now));
    }

    private static readonly byte[] Root = MakeRoot();

    private static byte[] MakeRoot()
    {
        using var root = TestAuthority.CreateRoot();
        return root.Certificate;
    }

    private static TrustBundle Both() => new(X509SvidSpecTests.BundleOf("example.org", Root))
    {
        Jwt = JwtBundleOf(new JwtAuthority(KeyId, Key.ExportSubjectPublicKeyInfo())),
    };

    /// <summary>The document of <see cref="Both"/> with entries in front.</summary>
    private static string Document(params string[] entries)
    {
        var document = Encoding.UTF8.GetString(SpiffeBundleWriter.Write(Both()));
        return document.Insert(document.IndexOf('[', StringComparison.Ordinal) + 1, string.Concat(entries.Select(entry => entry + ",")));
    }

    private static TrustBundle Read(string document)
    {
        Assert.True(SpiffeBundleReader.TryRead(Domain, Encoding.UTF8.GetBytes(document), out var bundle, out var error), error.ToString());
        return bundle;
    }
}
