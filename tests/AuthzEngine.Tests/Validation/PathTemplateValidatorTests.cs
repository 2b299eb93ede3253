using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;
using AuthzEngine.Validation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class PathTemplateValidatorTests
{
    private static readonly Gen<string> Paths =
        from count in Gen.Choose(1, 5)
        from segments in Gen.Elements("{*}", "{*}", "{**}", "a", "~b", "", "*", "{", "{*}a").ListOf(count)
        from first in Gen.Elements("/", "/", "")
        select first + string.Join('/', segments);

    [Theory]
    [InlineData("/a", null)]
    [InlineData("*", null)]
    [InlineData("/a b/?", null)]
    [InlineData("//a//", null)]
    [InlineData("/{*}", null)]
    [InlineData("/{**}", null)]
    [InlineData("/a/{*}/b/{*}", null)]
    [InlineData("/a/{*}/b/{**}/", null)]
    [InlineData("/a/{**}/b", null)]
    [InlineData("/A-._~%!$&'()+,;:@=9/{*}", null)]
    [InlineData("/{id}", "path-template-braces")]
    [InlineData("/a{*}", "path-template-braces")]
    [InlineData("/{*}.m4s", "path-template-braces")]
    [InlineData("/{***}", "path-template-braces")]
    [InlineData("/a/}", "path-template-braces")]
    [InlineData("/{**}/{*}", "path-template-order")]
    [InlineData("/{**}/a/{**}", "path-template-order")]
    [InlineData("/a//{*}", "path-template-literal")]
    [InlineData("/*/{*}", "path-template-literal")]
    [InlineData("/{*}/a?b", "path-template-literal")]
    [InlineData("/é/{*}", "path-template-literal")]
    [InlineData("/a\n/{*}", "path-template-literal")]
    [InlineData("a/{*}", "path-template-refused-by-envoy")]
    [InlineData("//{*}", "path-template-refused-by-envoy")]
    [InlineData("/{*}//", "path-template-refused-by-envoy")]
    public void Operators_are_whole_segments_and_the_rest_is_literal(string path, string? code) =>
        Assert.Equal(code, PathTemplateValidator.Check(path)?.Code);

    // Envoy counts the operators without their braces.
    [Theory]
    [InlineData(255, null)]
    [InlineData(256, null)]
    [InlineData(257, "path-template-refused-by-envoy")]
    public void A_template_longer_than_envoy_takes_is_warned_of(int bytes, string? code)
    {
        var path = $"/{new string('a', bytes - 3)}/{{*}}";
        Assert.Equal(code, PathTemplateValidator.Check(path)?.Code);
    }

    [Fact]
    public void What_is_accepted_can_be_compiled() => Prop.ForAll(
        Paths.ToArbitrary(),
        path => PathTemplateValidator.Check(path) is { } problem && ValidationCodes.SeverityOf(problem.Code) == Severity.Error
            ? true.Label("refused")
            : PathPattern.TryParse(path, out _).Label(path))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
}
