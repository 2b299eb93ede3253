using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class TrustDomainValidatorTests
{
    [Theory]
    [InlineData("td", null)]
    [InlineData("*", null)]
    [InlineData("*.td", null)]
    [InlineData("td.*", null)]
    [InlineData("a*b", "trust-domain-wildcard")]
    [InlineData("**", "trust-domain-wildcard")]
    [InlineData("*a*", "trust-domain-wildcard")]
    public void One_star_at_an_end_is_allowed(string value, string? code)
    {
        Assert.Equal(code, TrustDomainValidator.CheckField(value)?.Code);
        Assert.Equal(code, TrustDomainValidator.CheckCondition(value)?.Code);
    }

    [Fact]
    public void Only_the_field_refuses_a_slash()
    {
        Assert.Equal(ValidationCodes.TrustDomainSlash, TrustDomainValidator.CheckField("td/ns")?.Code);
        Assert.Null(TrustDomainValidator.CheckCondition("td/ns"));
    }
}
