using MeshCA.Authentication.Keys;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class FetchPolicyTests
{
    [Theory]
    [InlineData("https://keys.example/jwks", true, true)]
    [InlineData("https://keys.example/jwks?version=1", false, true)]
    [InlineData("http://keys.example/jwks", false, true)]
    [InlineData("http://127.0.0.1/jwks", true, true)]
    [InlineData("https://user:secret@keys.example/", false, false)]
    [InlineData("ftp://keys.example/", false, false)]
    [InlineData("file:///etc/passwd", false, false)]
    [InlineData("gopher://keys.example/", false, false)]
    [InlineData("/etc/passwd", false, false)]
    [InlineData("testing@secure.istio.io", false, false)]
    [InlineData("", false, false)]
    public void Which_urls_are_fetched(string url, bool byDefault, bool withAnyHttpUrl)
    {
        Assert.Equal(byDefault, new FetchPolicy().Accepts(url));
        Assert.Equal(withAnyHttpUrl, new FetchPolicy { AllowsAnyHttpUrl = true }.Accepts(url));
    }
}
