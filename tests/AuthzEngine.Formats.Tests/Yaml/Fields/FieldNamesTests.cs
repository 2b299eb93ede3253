using AuthzEngine.Formats.Yaml.Fields;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml.Fields;

public sealed class FieldNamesTests
{
    [Theory]
    [InlineData("notPrincipals", "notPrincipals", true)]
    [InlineData("not_principals", "notPrincipals", true)]
    [InlineData("port_level_mtls", "portLevelMtls", true)]
    [InlineData("hosts", "hosts", true)]
    [InlineData("NotPrincipals", "notPrincipals", false)]
    [InlineData("notprincipals", "notPrincipals", false)]
    [InlineData("not_Principals", "notPrincipals", false)]
    [InlineData("not_principal", "notPrincipals", false)]
    [InlineData("not_principalss", "notPrincipals", false)]
    [InlineData("not_", "notPrincipals", false)]
    [InlineData("", "hosts", false)]
    public void Field_is_named_in_camel_or_snake_case(string written, string field, bool means) =>
        Assert.Equal(means, FieldNames.Means(written, field));

    [Theory]
    [InlineData("form", "from")]
    [InlineData("form_", "from")]
    [InlineData("rule", "rules")]
    [InlineData("RULES", "rules")]
    [InlineData("not_principles", "notPrincipals")]
    [InlineData("to", null)]
    [InlineData("other", null)]
    [InlineData("", null)]
    public void Nearest_name_is_suggested_when_it_is_near(string written, string? nearest) =>
        Assert.Equal(nearest, FieldNames.Nearest(written, ["from", "rules", "notPrincipals"]));

    [Fact]
    public void Long_names_are_not_compared() => Assert.Null(FieldNames.Nearest(new string('a', 65), [new string('a', 65)]));
}
