using System.Text;
using AuthzEngine.Formats.PolicyTests;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Nodes;
using Xunit;

namespace AuthzEngine.Formats.Tests.PolicyTests;

public sealed class YamlJsonTests
{
    [Theory]
    [InlineData("{a: [1, x, 'y', \"1\"], b: {}}", """{"a":[1,"x","y","1"],"b":{}}""")]
    [InlineData("[~, null, true, off, '', 1.50, -1, 1e3]", """[null,null,true,false,"",1.50,-1,1000]""")]
    [InlineData("[0x10, .inf, 1_000]", """["0x10",".inf","1_000"]""")]
    [InlineData("[&a {b: 1}, *a]", """[{"b":1},{"b":1}]""")]
    public void Yaml_becomes_the_json_that_it_means(string yaml, string json) =>
        Assert.Equal(json, YamlJson.Of(YamlDocuments.Read(Encoding.UTF8.GetBytes(yaml), new YamlLimits()).Roots[0]).GetRawText());

    [Fact]
    public void Nothing_is_an_empty_object() => Assert.Equal("{}", YamlJson.Of(null).GetRawText());
}
