using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class RevocationOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(_ => { }));

    [Theory]
    [InlineData("http://ca.example:15014/crl/", true)]
    [InlineData("", true)]
    [InlineData("http://ca.example:15014/crl", false)] // the signer's id would run into it
    [InlineData("https://ca.example/crl/", false)] // the list would be needed to fetch the list
    [InlineData("ca.example/crl/", false)]
    [InlineData("http://cä.example/crl/", false)]
    public void A_distribution_url_is_one_of_http_that_ends_in_a_slash(string url, bool valid) =>
        Assert.Equal(valid, Validate(options => options.DistributionUrl = url));

    [Fact]
    public void Files_are_named_absolutely() => Assert.False(Validate(options => options.ListFiles = ["root.crl"]));

    [Fact]
    public void A_list_holds_a_minute_at_least() => Assert.False(Validate(options => options.ListLifetime = TimeSpan.FromSeconds(59)));

    private static bool Validate(Action<RevocationOptions> change)
    {
        var options = new RevocationOptions();
        change(options);
        return new RevocationOptionsValidator().Validate(null, options).Succeeded;
    }
}
