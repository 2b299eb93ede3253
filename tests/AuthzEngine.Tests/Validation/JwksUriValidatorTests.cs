using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class JwksUriValidatorTests
{
    [Theory]
    [InlineData("https://issuer.example/keys", true)]
    [InlineData("http://issuer.example:8080", true)]
    [InlineData("HTTPS://issuer.example/a?b=c#d", true)]
    [InlineData("https://[::1]:443/a%20b", true)]
    [InlineData("https://issuer.example:port/", false)]
    [InlineData("https://issuer.example:99999/", false)]
    [InlineData("ftp://issuer.example", false)]
    [InlineData("issuer.example", false)]
    [InlineData("//issuer.example", false)]
    [InlineData("https:issuer.example", false)]
    [InlineData("https://", false)]
    [InlineData(" https://issuer.example", false)]
    [InlineData("https://issuer.example/ ", false)]
    [InlineData("https://issuer.example\\a", false)]
    [InlineData("https://issuer.example/%", false)]
    [InlineData("https://issuer.example/%4", false)]
    [InlineData("https://issuer.example/%zz", false)]
    [InlineData("https://issuer.example/\u0001", false)]
    [InlineData("file:///etc/passwd", false)]
    public void It_is_a_url_of_http_or_https(string value, bool valid) =>
        Assert.Equal(valid ? null : ValidationCodes.JwksUriInvalid, JwksUriValidator.Check(value)?.Code);

    [Theory]
    [InlineData(2047, null)]
    [InlineData(2048, null)]
    [InlineData(2049, "jwks-uri-too-long")]
    public void Its_length_is_bounded(int length, string? code) =>
        Assert.Equal(code, JwksUriValidator.Check("https://a/".PadRight(length, 'x'))?.Code);
}
