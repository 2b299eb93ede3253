using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class BundleMapTests
{
    public static TheoryData<string, TrustBundleError, int> Documents() =>
    [
        new("""{"trust_domains":{}}""", TrustBundleError.None, 0) { Label = "nobody" },
        new("""{"trust_domains":{"a":{"keys":[]},"b":{"keys":[]}},"other":1}""", TrustBundleError.None, 2) { Label = "two" },
        new("""{"trust_domains":{"a":{"keys":[]},"a":{"keys":[]}}}""", TrustBundleError.MalformedJson, 0) { Label = "one twice" },
        new("""{"trust_domains":{"a":{"keys":[]},"\u0061":{"keys":[]}}}""", TrustBundleError.MalformedJson, 0) { Label = "one twice, escaped" },
        new("""{"trust_domains":{"a":{"keys":[]},"A":{"keys":[]}}}""", TrustBundleError.BadTrustDomain, 0) { Label = "upper case" },
        new("""{"trust_domains":{"spiffe://a":{"keys":[]}}}""", TrustBundleError.BadTrustDomain, 0) { Label = "an ID" },
        new("""{"trust_domains":{"":{"keys":[]}}}""", TrustBundleError.BadTrustDomain, 0) { Label = "no name" },
        new("""{"trust_domains":{"a":{"keys":[]},"b":{}}}""", TrustBundleError.MissingKeys, 0) { Label = "one of two is no bundle" },
        new("""{"trust_domains":{"a":null}}""", TrustBundleError.MalformedJson, 0) { Label = "null for a bundle" },
        new("""{"trust_domains":[]}""", TrustBundleError.MissingTrustDomains, 0) { Label = "a list" },
        new("{}", TrustBundleError.MissingTrustDomains, 0) { Label = "nothing" },
        new("[]", TrustBundleError.MalformedJson, 0) { Label = "no object" },
    ];

    [Theory, MemberData(nameof(Documents))]
    public void S5_a_map_is_loaded_whole_or_not_at_all(string json, TrustBundleError expected, int count)
    {
        var found = BundleMapReader.TryRead(Encoding.UTF8.GetBytes(json), out var bundles, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(found ? count : null, bundles?.Count);
    }

    [Fact]
    public void S5_what_is_written_is_read_back_without_refresh_hints()
    {
        using var root = TestAuthority.CreateRoot();
        var own = new TrustBundle(Spec.X509SvidSpecTests.BundleOf("example.org", root.Certificate), 7, TimeSpan.FromMinutes(5))
        {
            Jwt = JwtBundleOf(new JwtAuthority(KeyId, Key.ExportSubjectPublicKeyInfo())),
        };
        var set = BundleSet.Of(own, TrustBundle.Empty(TrustDomain.Parse("other.org")));
        Assert.True(BundleMapReader.TryRead(BundleMapWriter.Write(set), out var read, out _));
        Assert.Equal(set.Select(bundle => bundle with { RefreshHint = null }), read);
    }

    [Fact]
    public void The_number_of_bundles_has_a_limit()
    {
        string Map(int count) => "{\"trust_domains\":{"
            + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"d{i}\":{{\"keys\":[]}}"))
            + "}}";
        Assert.True(BundleMapReader.TryRead(Encoding.UTF8.GetBytes(Map(BundleMapReader.MaxBundles)), out _, out _));
        Assert.False(BundleMapReader.TryRead(Encoding.UTF8.GetBytes(Map(BundleMapReader.MaxBundles + 1)), out _, out var error));
        Assert.Equal(TrustBundleError.TooMany, error);
    }

    [Fact]
    public void No_mutation_of_a_document_throws()
    {
        var document = BundleMapWriter.Write(BundleSet.Of(TrustBundle.Empty(Domain), TrustBundle.Empty(TrustDomain.Parse("other.org"))));
        Prop.ForAll(Gens.Mutations(document).ToArbitrary(), mutated =>
            BundleMapReader.TryRead(mutated, out _, out var error) == (error == TrustBundleError.None))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }
}
