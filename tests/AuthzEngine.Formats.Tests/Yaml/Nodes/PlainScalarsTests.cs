using AuthzEngine.Formats.Yaml.Nodes;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml.Nodes;

public sealed class PlainScalarsTests
{
    [Theory]
    [InlineData("Null", "", "~", "null", "Null", "NULL")]
    [InlineData("True", "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y")]
    [InlineData("False", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N")]
    [InlineData("Number", "0", "8080", "-1", "+1", "1.10", "1e3", "1.5E-3", ".5", "1.", "1_000", "0x1F", "0o17", "0b11", "010", "-0x1", ".inf", "-.inf", ".NaN")]
    [InlineData("Text", "a", "tRue", "nUll", "10.0.0.1", "10.0.0.0/8", "::1", "1-2", "2024-01-02", "12:30", "0xg", "0b2", "0x", "-", ".", "+", "..", "1e", "nan", "inf", "v1.10", "-a", "1 2")]
    public void Unquoted_scalar_is_what_kubernetes_takes_it_for(string kind, params string[] texts) =>
        Assert.All(texts, text => Assert.Equal(kind, PlainScalars.KindOf(text).ToString()));

    [Theory]
    [InlineData(true, "y", "Y", "n", "N", "08080", "09", "-08", "1e3", "1E3", "1.5e3", "-1e-3", "0o17")]
    [InlineData(false, "yes", "on", "true", "0", "8080", "010", "1.10", "08.5", "1.5e-3", "1.5E+3", "0x1F", "0x8e3", "0b11", ".inf", "1_000")]
    public void Only_kubernetes_takes_some_scalars_for_another_type_than_text(bool expected, params string[] texts) =>
        Assert.All(texts, text => Assert.Equal(expected, PlainScalars.IsTextToOthers(text)));
}
