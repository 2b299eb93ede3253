using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Paths;

public sealed class NormalizedPathLintTests
{
    [Theory]
    [InlineData("/a/../b", true)]
    [InlineData("/a/.", true)]
    [InlineData("/a/./b", true)]
    [InlineData("/..", true)]
    [InlineData("/a\\b", true)]
    [InlineData("/%41", true)]
    [InlineData("/%7e", true)]
    [InlineData("/a/..*", false)]
    [InlineData("*./b", false)]
    [InlineData("/a//b", false)]
    [InlineData("/%2f", false)]
    [InlineData("/%4", false)]
    [InlineData("/%zz", false)]
    [InlineData("/...", false)]
    [InlineData("/a.b", false)]
    public void A_path_is_written_as_it_is_normalized(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PathNotNormalized, Written.Allow(Written.To(new Operation { Paths = [value] }))));

    [Theory]
    [InlineData("/a//b", PathNormalization.MergeSlashes, true)]
    [InlineData("/a//b", PathNormalization.Base, false)]
    [InlineData("/a%2fb", PathNormalization.DecodeAndMergeSlashes, true)]
    [InlineData("/a%5Cb", PathNormalization.DecodeAndMergeSlashes, true)]
    [InlineData("/a%2fb", PathNormalization.MergeSlashes, false)]
    [InlineData("/a/../b", PathNormalization.None, false)]
    public void What_the_mesh_normalizes_decides(string value, PathNormalization normalization, bool said) => Assert.Equal(
        said,
        Linted.Findings(new AnalysisInput([Written.Allow(Written.To(new Operation { Paths = [value] }))])
        {
            Settings = new() { PathNormalization = normalization },
        }).Any(finding => finding.Code == LintCodes.PathNotNormalized));
}
