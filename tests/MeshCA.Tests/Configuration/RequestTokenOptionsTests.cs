using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class RequestTokenOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(new()).Succeeded);

    [Theory]
    [InlineData("10.0.0.0/8", true), InlineData("127.0.0.1", true), InlineData("::1", true)]
    [InlineData("localhost", false), InlineData("10.0.0.0/33", false), InlineData("", false)]
    public void Allowed_addresses_are_addresses(string text, bool valid) =>
        Assert.Equal(valid, Validate(new() { AllowedAddresses = [text] }).Succeeded);

    [Fact]
    public void Keys_serve_at_least_until_they_are_fetched_again() =>
        Assert.True(Validate(new() { RefreshInterval = TimeSpan.FromHours(2), MaxStaleAge = TimeSpan.FromHours(1) }).Failed);

    [Theory]
    [InlineData(59, false), InlineData(60, true), InlineData(86_400, true), InlineData(86_401, false)]
    public void The_refresh_interval_has_limits(int seconds, bool valid) =>
        Assert.Equal(valid, Validate(new() { RefreshInterval = TimeSpan.FromSeconds(seconds) }).Succeeded);

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(RequestTokenOptions options) =>
        new RequestTokenOptionsValidator().Validate(null, options);
}
