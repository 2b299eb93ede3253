using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml;

public sealed class YamlLimitsTests
{
    [Fact]
    public void Default_limits_hold_ten_thousand_policies_of_four_hundred_characters() =>
        Assert.True(new YamlLimits().MaxLength >= 10_000 * 400);
}
