using AuthzEngine.Normalization;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §5: path normalization.</summary>
public sealed class PathNormalizationSpecTests
{
    [Theory]
    [InlineData("/a/../b//c%2F%41%00")]
    [InlineData("")]
    [InlineData("a\\b")]
    public void S5_NONE_changes_nothing(string target) => Normalizes(target, target, PathNormalization.None);

    [Theory]
    [InlineData("/", "/")]
    [InlineData("", "/")]
    [InlineData("a/b", "/a/b")]
    [InlineData("/public/../private", "/private")]
    [InlineData("/public/%2e%2e/private", "/private")]
    [InlineData("/public/%2E/%2E%2E/private", "/private")]
    [InlineData("/public/./../private", "/private")]
    [InlineData("/public/../public", "/public")]
    [InlineData("/public/.%2e/private", "/private")]
    [InlineData("/..", "/")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/a/./", "/a/")]
    [InlineData("/a/...", "/a/...")]
    [InlineData("/a/.b", "/a/.b")]
    [InlineData("/a/..b", "/a/..b")]
    [InlineData("/a./b", "/a./b")]
    [InlineData("/a../b", "/a../b")]
    [InlineData("/a%2e./b", "/a../b")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/a\\b", "/a/b")]
    [InlineData("\\a\\..\\b", "/b")]
    [InlineData("/a/..\\b", "/b")]
    [InlineData("/%61%5A%30%2D%2e%5f%7E", "/aZ0-._~")]
    [InlineData("/a%2Fb%2fc", "/a%2Fb%2fc")]
    [InlineData("/a%5Cb", "/a%5Cb")]
    [InlineData("/%2541", "/%2541")]
    [InlineData("/%20%c3%A9%2a", "/%20%c3%A9%2a")]
    [InlineData("/a//b///c", "/a//b///c")]
    [InlineData("/%", "/%")]
    [InlineData("/%4", "/%4")]
    [InlineData("/%zz%4g", "/%zz%4g")]
    [InlineData("/a b\"<>`{}|^\u007f\u0001", "/a%20b%22%3C%3E%60%7B%7D%7C%5E%7F%01")]
    [InlineData("/\u00e9\u20ac\U0001f608", "/%C3%A9%E2%82%AC%F0%9F%98%88")]
    [InlineData("/!$&'()*+,;:=@[]~", "/!$&'()*+,;:=@[]~")]
    [InlineData("/a;p=1/B", "/a;p=1/B")]
    public void S5_BASE_resolves_dots_and_decodes_unreserved_octets_once(string target, string normalized) =>
        Normalizes(target, normalized, PathNormalization.Base);

    [Theory]
    [InlineData("/a?x=/../%41//", "/a?x=/../%41//")]
    [InlineData("/%61?%61", "/a?%61")]
    [InlineData("/a/..?/b/..", "/?/b/..")]
    [InlineData("/%61#/../x", "/a#/../x")]
    [InlineData("?q", "/?q")]
    public void S5_only_the_path_is_normalized(string target, string normalized)
    {
        Normalizes(target, normalized, PathNormalization.Base);
        Normalizes(target, normalized, PathNormalization.MergeSlashes);
        Normalizes(target, normalized, PathNormalization.DecodeAndMergeSlashes);
    }

    [Theory]
    [InlineData("//a///b", "/a/b")]
    [InlineData("/a//b//", "/a/b/")]
    [InlineData("/a\\\\b", "/a/b")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/a/.//b", "/a/b")]
    [InlineData("/a%2F%2Fb", "/a%2F%2Fb")]
    [InlineData("/a//b?c//d", "/a/b?c//d")]
    [InlineData("///", "//")]
    public void S5_MERGE_SLASHES_merges_after_BASE(string target, string normalized) =>
        Normalizes(target, normalized, PathNormalization.MergeSlashes);

    [Theory]
    [InlineData("/a%2Fb%2fc", "/a/b/c")]
    [InlineData("/a%5Cb%5cc", "/a/b/c")]
    [InlineData("/a%2f%2Fb", "/a/b")]
    [InlineData("/a%2f..%2fb", "/b")]
    [InlineData("/a%5c%2e%2e%5cb", "/b")]
    [InlineData("/a%252Fb", "/a%252Fb")]
    [InlineData("/a?%2F", "/a?%2F")]
    [InlineData("/a%2", "/a%2")]
    public void S5_DECODE_AND_MERGE_SLASHES_decodes_slashes_first_and_once(string target, string normalized) =>
        Normalizes(target, normalized, PathNormalization.DecodeAndMergeSlashes);

    [Theory]
    [InlineData(PathNormalization.Base)]
    [InlineData(PathNormalization.MergeSlashes)]
    [InlineData(PathNormalization.DecodeAndMergeSlashes)]
    public void S5_an_octet_nul_is_refused_unless_nothing_is_normalized(PathNormalization option)
    {
        Assert.False(PathNormalizer.TryNormalize("/a%00b", option, out _));
        Assert.False(PathNormalizer.TryNormalize("/a\0b", option, out _));
        Assert.True(PathNormalizer.TryNormalize("/a?%00", option, out _));
    }

    private static void Normalizes(string target, string expected, PathNormalization option)
    {
        Assert.True(PathNormalizer.TryNormalize(target, option, out var normalized));
        Assert.Equal(expected, normalized);
    }
}
