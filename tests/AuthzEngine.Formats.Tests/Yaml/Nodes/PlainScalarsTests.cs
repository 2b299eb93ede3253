using AuthzEngine.Formats.Yaml.Nodes;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml.Nodes;

public sealed class PlainScalarsTests
{
    [Theory]
    [InlineData("Null", "", "~", "null", "Null", "NULL")]
    [InlineData("True", "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON")]
    [InlineData("False", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF")]
    [InlineData("Number", "0", "8080", "-1", "+1", "1.10", "1e3", "1.5E-3", ".5", "1.", "1_000", "0x1F", "0o17", "0b11", "010", "-0x1", ".inf", "-.inf", ".NaN")]
    [InlineData("Text", "a", "y", "Y", "n", "N", "tRue", "nUll", "10.0.0.1", "10.0.0.0/8", "::1", "1-2", "2024-01-02", "12:30", "0xg", "0b2", "0x", "-", ".", "+", "..", "1e", "nan", "inf", "v1.10", "-a", "1 2")]
    public void Unquoted_scalar_is_what_kubernetes_takes_it_for(string kind, params string[] texts) =>
        Assert.All(texts, text => Assert.Equal(kind, PlainScalars.KindOf(text).ToString()));
}
