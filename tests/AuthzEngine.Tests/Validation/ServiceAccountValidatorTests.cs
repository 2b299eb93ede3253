using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class ServiceAccountValidatorTests
{
    [Theory]
    [InlineData("a", null)]
    [InlineData("a/b", null)]
    [InlineData("a.b", null)]
    [InlineData("/", "service-account-malformed")]
    [InlineData("a/", "service-account-malformed")]
    [InlineData("/b", "service-account-malformed")]
    [InlineData("a/b/c", "service-account-malformed")]
    [InlineData("*", "service-account-wildcard")]
    [InlineData("a/b*", "service-account-wildcard")]
    public void An_account_is_a_name_with_or_without_its_namespace(string account, string? code) =>
        Assert.Equal(code, ServiceAccountValidator.Check(account)?.Code);

    [Theory]
    [InlineData(319, null)]
    [InlineData(320, null)]
    [InlineData(321, "service-account-too-long")]
    public void Its_length_is_bounded(int length, string? code) =>
        Assert.Equal(code, ServiceAccountValidator.Check(new string('a', length))?.Code);

    [Fact]
    public void Its_length_counts_bytes() =>
        Assert.Equal(ValidationCodes.ServiceAccountTooLong, ServiceAccountValidator.Check(new string('é', 161))?.Code);
}
