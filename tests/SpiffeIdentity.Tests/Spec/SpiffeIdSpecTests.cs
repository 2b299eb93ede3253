using Xunit;

namespace SpiffeIdentity.Tests.Spec;

/// <summary>SPIFFE-ID §2, clause by clause.</summary>
public sealed class SpiffeIdSpecTests
{
    public static TheoryData<string, SpiffeIdError> Ids() =>
    [
        new("spiffe://td", SpiffeIdError.None) { Label = "no path" },
        new("spiffe://td/a/b-c_d.E9", SpiffeIdError.None) { Label = "whole path alphabet" },
        new("spiffe://td/...", SpiffeIdError.None) { Label = "three dots are a name" },
        new("spiffe://td/.hidden", SpiffeIdError.None) { Label = "a leading dot is a name" },
        new("spiffe://td/..x", SpiffeIdError.None) { Label = "two leading dots are a name" },
        new("spiffe://10.0.0.1/x", SpiffeIdError.None) { Label = "no address" },
        new("spiffe://-_.9", SpiffeIdError.None) { Label = "no DNS rule" },
        new("", SpiffeIdError.Empty) { Label = "empty" },
        new("x", SpiffeIdError.WrongScheme) { Label = "no scheme" },
        new("http://td", SpiffeIdError.WrongScheme) { Label = "other scheme" },
        new("//td", SpiffeIdError.WrongScheme) { Label = "relative" },
        new("spiffe:/td", SpiffeIdError.WrongScheme) { Label = "one slash" },
        new("spiffe:td", SpiffeIdError.WrongScheme) { Label = "no slash" },
        new("SPIFFE://td", SpiffeIdError.WrongScheme) { Label = "upper-case scheme" },
        new("spiffe://TD", SpiffeIdError.BadTrustDomainChar) { Label = "upper-case trust domain" },
        new("spiffe://", SpiffeIdError.MissingTrustDomain) { Label = "nothing" },
        new("spiffe:///a", SpiffeIdError.MissingTrustDomain) { Label = "path only" },
        new("spiffe://td/", SpiffeIdError.TrailingSlash) { Label = "root slash" },
        new("spiffe://td/a/", SpiffeIdError.TrailingSlash) { Label = "trailing slash" },
        new("spiffe://td//a", SpiffeIdError.EmptySegment) { Label = "empty segment" },
        new("spiffe://td//", SpiffeIdError.EmptySegment) { Label = "two slashes" },
        new("spiffe://td/./a", SpiffeIdError.DotSegment) { Label = "dot" },
        new("spiffe://td/a/..", SpiffeIdError.DotSegment) { Label = "dots" },
        new("spiffe://u@td", SpiffeIdError.BadTrustDomainChar) { Label = "userinfo" },
        new("spiffe://td:80/a", SpiffeIdError.BadTrustDomainChar) { Label = "port" },
        new("spiffe://[::1]/a", SpiffeIdError.BadTrustDomainChar) { Label = "IPv6" },
        new("spiffe://td?q", SpiffeIdError.BadTrustDomainChar) { Label = "query" },
        new("spiffe://td#f", SpiffeIdError.BadTrustDomainChar) { Label = "fragment" },
        new("spiffe://td/a?q", SpiffeIdError.BadPathSegmentChar) { Label = "query after path" },
        new("spiffe://td/a#f", SpiffeIdError.BadPathSegmentChar) { Label = "fragment after path" },
        new("spiffe://td/a%20b", SpiffeIdError.BadPathSegmentChar) { Label = "percent" },
        new("spiffe://td/ü", SpiffeIdError.BadPathSegmentChar) { Label = "outside ASCII" },
    ];

    [Theory, MemberData(nameof(Ids))]
    public void S2_an_id_is_refused_with_the_first_rule_it_breaks(string text, SpiffeIdError expected)
    {
        var found = SpiffeId.TryParse(text, out var id, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(expected == SpiffeIdError.None, found);
        Assert.Equal(found ? text : null, id?.ToString());
    }

    [Fact]
    public void S2_1_a_trust_domain_takes_lower_case_digits_dots_dashes_and_underscores_only()
    {
        for (var character = '\0'; character < 256; character++)
        {
            var expected = character is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' or '_';
            Assert.Equal(expected, TrustDomain.TryParse(['x', character], out _, out _));
        }
    }

    [Fact]
    public void S2_2_a_path_segment_takes_both_cases_digits_dots_dashes_and_underscores_only()
    {
        for (var character = '\0'; character < 256; character++)
        {
            var expected = char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' or '/';
            Assert.Equal(expected, SpiffeId.TryParse($"spiffe://td/x{character}y", out _, out _));
        }
    }

    [Theory]
    [InlineData(2047, SpiffeIdError.None)]
    [InlineData(2048, SpiffeIdError.None)]
    [InlineData(2049, SpiffeIdError.TooLong)]
    public void S2_3_an_id_has_at_most_2048_bytes(int length, SpiffeIdError expected)
    {
        var text = "spiffe://td/" + new string('a', length - "spiffe://td/".Length);
        Assert.Equal(expected == SpiffeIdError.None, SpiffeId.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void S2_4_ids_compare_bytewise()
    {
        Assert.NotEqual(SpiffeId.Parse("spiffe://td/A"), SpiffeId.Parse("spiffe://td/a"));
        Assert.Equal(SpiffeId.Parse("spiffe://td/a"), SpiffeId.Parse("spiffe://td/a"));
        Assert.Equal(SpiffeId.Parse("spiffe://td/a").GetHashCode(), SpiffeId.Parse("spiffe://td/a").GetHashCode());
    }
}
